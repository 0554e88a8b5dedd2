"""What the documents point to is there: files, headings, messages, settings, commands of make."""

import re
from functools import cache
from pathlib import Path

import pytest

from contracts.message import REGISTER
from contracts.registry import every_message

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "services").glob("*/README.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def named(document: Path) -> str:
    """A document's name in test ids."""
    return str(document.relative_to(ROOT))


def anchor(heading: str) -> str:
    """The fragment under which a heading is reached."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@cache
def all_code() -> str:
    """Everything that could read a setting."""
    folders = ("contracts", "chassis", "services", "ops", "stack", "tests")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in [*sources, ROOT / "docker-compose.yml"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        place, _, fragment = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{link} leads nowhere"
        if fragment:
            assert fragment in {anchor(heading) for heading in HEADING.findall(target.read_text(encoding="utf-8"))}, link


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_message_that_a_document_names_by_its_wire_type_exists(document: Path) -> None:
    assert every_message()
    for wire_type in re.findall(r"\b(?:deals|onboarding|notifications|feedback)\.[A-Z]\w+\.v\d+\b", document.read_text(encoding="utf-8")):
        assert wire_type in REGISTER


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_setting_that_a_document_names_is_read_somewhere(document: Path) -> None:
    code = all_code()
    for setting in set(re.findall(r"\bBATON_[A-Z_]*[A-Z]\b", document.read_text(encoding="utf-8"))):
        field = setting.removeprefix("BATON_").lower()
        assert setting in code or re.search(rf"^    {field}: ", code, re.MULTILINE), f"nothing reads {setting}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_target_of_make_that_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?\bmake ([a-z-]+)\b(?=`|\s+#)", document.read_text(encoding="utf-8"))) <= targets
