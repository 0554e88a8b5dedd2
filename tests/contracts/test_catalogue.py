"""The event catalogue is current, and names every topic and every message of the system."""

import re

from contracts.catalogue import PATH, render
from contracts.registry import every_message
from contracts.topics import all_topics


def test_the_catalogue_is_what_the_models_say() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "docs/events.md is old; run: python -m contracts.catalogue"


def test_the_catalogue_names_every_topic_and_every_message() -> None:
    text = render()
    for topic in all_topics():
        assert f"| `{topic.name()}` |" in text
    for message in every_message():
        assert f"#### {message.wire_type()}\n" in text


def test_every_link_inside_the_catalogue_leads_to_a_heading() -> None:
    text = render()
    headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", text, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert links <= headings


def test_every_message_says_what_it_means() -> None:
    for message in every_message():
        assert (message.__doc__ or "").strip(), message.wire_type()
