"""The pages' HTML as assistive technology reads it, checked against WCAG 2.2: names, language, structure, errors, contrast."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from services.feedback.http.pages import HEADERS, STYLE, Form, form_page, notice_page
from tests.services.feedback.given import RULES

PAGE = RULES.page
WRONG = Form(score=None, comment="<b>Slow</b>", score_error=PAGE.errors.no_score, comment_error=PAGE.errors.comment_too_long)
PAGES = {
    "question": form_page(PAGE, "token", Form()),
    "question with a score": form_page(PAGE, "token", Form(score=9)),
    "question with mistakes": form_page(PAGE, "token", WRONG),
    "thanks": notice_page(PAGE, PAGE.thanks),
    "expired": notice_page(PAGE, PAGE.expired, 410),
}
VOID = {"meta", "input", "br", "link", "img", "hr"}


@dataclass
class Element:
    """An element with its attributes, the elements inside it and its text."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> list["Element"]:
        """Every element of a kind, in the order of the page."""
        return [element for element in self.walk() if element.tag == tag]

    def one(self, tag: str) -> "Element":
        """The only element of a kind."""
        (found,) = self.all(tag)
        return found

    def walk(self) -> Iterator["Element"]:
        """The element and all inside it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def content(self) -> str:
        """The text of the element and of all inside it."""
        return " ".join("".join(element.text for element in self.walk()).split())


class Reader(HTMLParser):
    """Reads HTML into elements, and refuses tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].text += data


def read(name: str) -> Element:
    """A page as elements."""
    reader = Reader()
    reader.feed(bytes(PAGES[name].body).decode())
    return reader.root


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_a_language_a_title_one_main_heading_and_a_viewport_that_can_be_zoomed(name: str) -> None:
    page = read(name)
    assert page.one("html").attributes["lang"] == PAGE.language
    assert PAGE.organisation in page.one("title").content
    assert page.one("h1").content
    assert page.one("main")
    viewport = next(meta.attributes["content"] for meta in page.all("meta") if meta.attributes.get("name") == "viewport")
    assert viewport == "width=device-width, initial-scale=1"


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_what_refers_to_one_finds_it(name: str) -> None:
    page = read(name)
    ids = [element.attributes["id"] for element in page.walk() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.walk():
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            assert set((element.attributes.get(attribute) or "").split()) <= set(ids)
        target = element.attributes.get("href") or ""
        assert not target.startswith("#") or target[1:] in ids


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("question")])
def test_every_control_can_be_reached_by_keyboard_and_has_a_name(name: str) -> None:
    page = read(name)
    labels = {label.attributes["for"]: label.content for label in page.all("label")}
    controls = [*page.all("input"), *page.all("textarea")]
    assert all(labels[control.attributes["id"]] for control in controls)
    assert page.one("button").attributes["type"] == "submit"
    assert page.one("button").content == PAGE.send
    assert all("tabindex" not in element.attributes for element in page.walk())
    assert page.one("fieldset").one("legend").content == PAGE.question


def test_the_scores_are_a_radio_group_from_0_to_10_whose_ends_are_explained() -> None:
    page = read("question")
    radios = page.one("fieldset").all("input")
    assert [(radio.attributes["type"], radio.attributes["name"], radio.attributes["value"]) for radio in radios] == [
        ("radio", "score", str(score)) for score in range(11)
    ]
    assert [label.content for label in page.one("fieldset").all("label")] == [str(score) for score in range(11)]
    said = {element.attributes.get("id"): element.content for element in page.walk()}
    described = [said.get(radio.attributes.get("aria-describedby")) for radio in radios if "aria-describedby" in radio.attributes]
    assert described == [f"0: {PAGE.lowest}", f"10: {PAGE.highest}"]
    assert not any("checked" in radio.attributes for radio in radios)


def test_a_score_that_the_link_names_is_chosen_beforehand() -> None:
    radios = read("question with a score").all("input")
    assert [radio.attributes["value"] for radio in radios if "checked" in radio.attributes] == ["9"]


def test_mistakes_are_announced_named_in_the_title_and_tied_to_their_controls() -> None:
    page = read("question with mistakes")
    assert page.one("title").content.startswith(PAGE.errors.title)
    alert = next(element for element in page.walk() if element.attributes.get("role") == "alert")
    assert [link.content for link in alert.all("a")] == [WRONG.score_error, WRONG.comment_error]
    group, comment = page.one("fieldset"), page.one("textarea")
    assert (group.attributes["aria-invalid"], comment.attributes["aria-invalid"]) == ("true", "true")
    assert group.attributes["aria-describedby"] == "score-error"
    assert "comment-error" in (comment.attributes["aria-describedby"] or "")


def test_what_the_person_wrote_is_kept_as_text_and_never_as_markup() -> None:
    assert read("question with mistakes").one("textarea").content == "<b>Slow</b>"
    assert "<b>Slow" not in bytes(PAGES["question with mistakes"].body).decode()


@pytest.mark.parametrize("name", PAGES)
def test_pages_need_and_allow_no_script_and_load_nothing(name: str) -> None:
    page = read(name)
    assert not [element for element in page.walk() if element.tag in ("script", "link", "img", "iframe")]
    assert not [
        attribute for element in page.walk() for attribute in element.attributes if attribute.startswith("on") or attribute == "style"
    ]
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
    assert "script-src" not in HEADERS["Content-Security-Policy"]


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as #1d4f91, as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_have_a_contrast_of_4_5_and_borders_of_3(scheme: int) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11, in both colour schemes."""
    palette = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", re.findall(r":root \{([^}]*)\}", STYLE)[scheme]))
    texts = [("ink", "paper"), ("ink", "tint"), ("soft", "paper"), ("wrong", "paper"), ("accent", "ground"), ("on-accent", "accent")]
    for text, ground in texts:
        assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    for line in ("line", "accent", "wrong", "good"):
        assert contrast(palette[line], palette["paper"]) >= 3, line
