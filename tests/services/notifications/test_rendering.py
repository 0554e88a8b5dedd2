"""What a reader sees: names for ids, people's words in the clear, everything escaped in HTML, nothing left over from templates."""

import re
from typing import Any

import pytest

from chassis.sealing import seal
from contracts.notifications import Audience, Substance
from contracts.people import PersonDetails
from services.notifications import rendering
from services.notifications.domain import Kind
from services.notifications.policy import Fact, Group, Words
from services.notifications.wording import wording
from tests.deciding import NOW
from tests.services.notifications.given import CARLA, DANA, LINK, a_message

PEOPLE = {person.person_id: person for person in (CARLA, DANA)}
NASTY = "<script>alert(1)</script> & Sons"


def a_row(kind: str = "deal_won", **substance: Any) -> dict[str, Any]:
    """A notification's row."""
    message = a_message(kind=kind, audience=Audience.COLLEAGUE, substance=Substance(**substance))
    return {"_id": "n-1", "happened_at": NOW, **message.model_dump(mode="json", include={"kind", "about", "substance"})}


def seen(row: dict[str, Any], people: dict[str, PersonDetails] = PEOPLE) -> rendering.Item:
    """The row as its reader sees it."""
    return rendering.item(row, people, wording())


def test_ids_become_names_and_sealed_words_become_readable() -> None:
    words = seal(CARLA, "Too many spreadsheets", "message-0")
    row = a_row(facts={"account": "Acme", "price": "4,821.00 USD"}, people={"owner": ("dana",)}, sealed={"buying_reason": words})
    assert rendering.mentioned([row]) == {"dana", "carla"}
    item = seen(row)
    assert item.title == "Won: Acme"
    assert [(detail.label, detail.text) for detail in item.details][1:] == [
        ("Price", "4,821.00 USD"),
        ("Deal owner", "Dana Reyes"),
        ("Why they buy", "Too many spreadsheets"),
    ]


@pytest.mark.requirement("X5")
def test_an_erased_persons_name_and_words_are_gone_from_what_was_notified_before() -> None:
    """X5: notifications hold ids and sealed text only, so erasing a person reaches those that were sent before."""
    row = a_row(facts={"account": "Acme"}, people={"owner": ("dana",)}, sealed={"buying_reason": seal(CARLA, "Spreadsheets", "message-0")})
    values = seen(row, {}).values
    assert values == {"account": "Acme", "owner": "somebody no longer on record"}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words_and_both_bodies(kind: Kind) -> None:
    link = {"link": seal(CARLA, LINK, "message-0")}
    row = a_row(kind.value, facts={"account": "Acme", "step": "ROI", "score": "3 of 10", "expires": "02 April 2026"}, sealed=link)
    page = rendering.notice(seen(row), "Dana Reyes", wording())
    assert page.subject
    assert "\n" not in page.subject
    for body in (page.text, page.html):
        assert "Hello Dana Reyes," in body
        assert not re.search(r"{{|{%|None|Undefined", body)


def test_a_survey_holds_its_link_in_both_bodies() -> None:
    row = a_row("survey_invited", facts={"account": "Acme", "expires": "02 April 2026"}, sealed={"link": seal(CARLA, LINK, "message-0")})
    page = rendering.notice(seen(row), "Carla", wording())
    assert LINK in page.text
    assert f'href="{LINK}"' in page.html


def test_what_others_wrote_cannot_become_markup() -> None:
    row = a_row(facts={"account": NASTY}, people={"owner": ("dana",)})
    for page in (rendering.notice(seen(row), NASTY, wording()), rendering.digest([seen(row)], 0, NASTY, wording())):
        assert "<script>" not in page.html
        assert "&lt;script&gt;" in page.html
        assert NASTY in page.text


def test_a_title_is_one_line_whatever_an_account_is_called() -> None:
    assert seen(a_row(facts={"account": "Acme\r\nBcc: everybody@example.com"})).title == "Won: Acme Bcc: everybody@example.com"


@pytest.mark.requirement("N1")
def test_a_digest_counts_what_it_does_not_show() -> None:
    page = rendering.digest([seen(a_row(facts={"account": f"Account {n}"})) for n in range(3)], 3797, "Finance", wording())
    assert page.subject == "3800 things to know"
    assert "Account 2" in page.text
    assert "3797 more stand in your inbox." in page.html


def test_everything_that_a_win_can_say_has_a_label() -> None:
    names = [*Fact, *Group, *Words]
    assert [name for name in names if name.value not in wording().labels] == []
