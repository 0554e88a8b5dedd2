"""The words of notifications: titles, leads and labels, read from `templates/wording.yaml` and checked at start."""

from functools import cache
from pathlib import Path
from typing import Annotated

from jinja2 import Environment, FileSystemLoader, TemplateError, select_autoescape
from pydantic import AfterValidator

from chassis.policy import Policy, load_policy
from contracts.values import Slug
from services.notifications.domain import Kind

TEMPLATES = Path(__file__).with_name("templates")
PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html.j2"]), trim_blocks=True)
"""Whole e-mails; whatever a template for HTML shows is escaped."""
SENTENCES = Environment(autoescape=False)
"""Titles and leads, which are escaped where they are shown."""


def _compiles(text: str) -> str:
    try:
        SENTENCES.from_string(text)
    except TemplateError as error:
        raise ValueError(f"not a template: {error}") from None
    return text


Sentence = Annotated[str, AfterValidator(_compiles)]


class KindWording(Policy):
    """How one kind of notification is introduced."""

    title: Sentence
    lead: Sentence


class Wording(Policy):
    """Everything that is said in one language."""

    labels: dict[Slug, str]
    kinds: dict[Kind, KindWording]
    digest_title: Sentence
    digest_lead: Sentence
    left_out: Sentence
    greeting: Sentence
    answer: str
    footer: Sentence
    digest_footer: Sentence
    survey_footer: Sentence
    nobody: str

    def label(self, name: str) -> str:
        """What a fact is called."""
        return self.labels.get(name) or name.replace("_", " ").capitalize()


def say(sentence: str, **values: object) -> str:
    """A sentence with its values, on one line."""
    return " ".join(_template(sentence).render(values).split())


@cache
def wording() -> Wording:
    """The wording in English.

    Raises:
        PolicyError: the file cannot be used.
    """
    return load_policy(TEMPLATES / "wording.yaml", Wording)


_template = cache(SENTENCES.from_string)
