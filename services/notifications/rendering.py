"""From a notification's row to what its reader sees: labels, names for ids, sealed words in the clear, subject, text and HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.sealing import unseal
from contracts.notifications import Substance
from contracts.people import PersonDetails
from services.notifications.domain import Kind
from services.notifications.wording import PAGES, Wording, say

Row = Mapping[str, Any]
People = Mapping[str, PersonDetails]
SURVEYS = frozenset({Kind.SURVEY_INVITED, Kind.SURVEY_REMINDER})


@dataclass(frozen=True)
class Detail:
    """One line of a notification. `label`: how the reader knows it; `name`: how programs do."""

    name: str
    label: str
    text: str


@dataclass(frozen=True)
class Item:
    """A notification as its reader sees it."""

    id: str
    kind: str
    title: str
    lead: str
    about: str
    happened_at: datetime
    details: tuple[Detail, ...]

    @property
    def values(self) -> dict[str, str]:
        """The details' texts by name."""
        return {detail.name: detail.text for detail in self.details}


@dataclass(frozen=True)
class Page:
    """An e-mail's subject and its two bodies."""

    subject: str
    text: str
    html: str


def mentioned(rows: Sequence[Row]) -> set[str]:
    """Ids of everybody whose name or key it takes to read the rows."""
    substances = [_substance(row) for row in rows]
    named = {person for substance in substances for ids in substance.people.values() for person in ids}
    return named | {text.person_id for substance in substances for text in substance.sealed.values()}


def item(row: Row, people: People, words: Wording) -> Item:
    """One notification. Words that can no longer be read, because their person was erased, are left out."""
    substance = _substance(row)
    account = substance.facts.get("account") or f"deal {row['about']}"
    kind = words.kinds[Kind(row["kind"])]
    values = {"facts": substance.facts, "account": account, "about": row["about"]}
    return Item(
        id=row["_id"],
        kind=row["kind"],
        title=say(kind.title, **values),
        lead=say(kind.lead, **values),
        about=row["about"],
        happened_at=row["happened_at"],
        details=tuple(_details(substance, people, words)),
    )


def notice(one: Item, name: str, words: Wording) -> Page:
    """An e-mail about one event."""
    survey = one.kind in SURVEYS
    footer = words.survey_footer if survey else say(words.footer, about=one.about)
    shown = {"item": one, "lead": one.lead, "greeting": say(words.greeting, name=name), "footer": footer}
    return _page("survey" if survey else "notice", one.title, shown | {"answer": words.answer, "expires_label": words.label("expires")})


def digest(items: Sequence[Item], left_out: int, name: str, words: Wording) -> Page:
    """An e-mail about several events. `left_out`: how many more there were than one e-mail shows."""
    more = say(words.left_out, left_out=left_out) if left_out else ""
    shown = {"items": items, "left_out": more, "greeting": say(words.greeting, name=name), "footer": words.digest_footer}
    return _page("digest", say(words.digest_title, count=len(items) + left_out), shown | {"lead": words.digest_lead})


def _substance(row: Row) -> Substance:
    return Substance.model_validate(row["substance"], strict=False)


def _details(substance: Substance, people: People, words: Wording) -> list[Detail]:
    named = {name: ", ".join(people[id_].name if id_ in people else words.nobody for id_ in ids) for name, ids in substance.people.items()}
    clear = {name: unseal(people.get(text.person_id), text) for name, text in substance.sealed.items()}
    texts: dict[str, str | None] = {**substance.facts, **named, **clear}
    return [Detail(name, words.label(name), text) for name, text in texts.items() if text]


def _page(template: str, subject: str, shown: Mapping[str, Any]) -> Page:
    bodies = [PAGES.get_template(f"{template}.{form}.j2").render(subject=subject, **shown) for form in ("txt", "html")]
    return Page(subject, *bodies)
