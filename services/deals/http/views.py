"""What callers see of a deal, of a version of its package, and of the customer's people."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from chassis.sealing import unseal
from contracts.deals import Account, Condition, Confirmation, ContractTerms, LossReason, Missing, PromiseKind, TeamMember
from contracts.people import PersonDetails
from contracts.values import ContactRef, Money, SealedText
from services.deals.domain import Deal, Outcome, PackageScore, unmet

T = TypeVar("T")
_SEALED = set(SealedText.model_fields)


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class Text(View):
    """What somebody wrote; `text` is None once that person is erased."""

    by: str
    text: str | None


class Waived(View):
    """A condition of the close gate that was set aside."""

    condition: Condition
    by: str
    at: datetime
    reason: Text


class Won(View):
    """How a deal was won."""

    closed_on: date
    at: datetime
    by: str
    waivers: tuple[Waived, ...]
    package_version: int | None
    package_score: int | None
    notes: Text | None


class LostBecause(View):
    """A reason for a loss."""

    reason: LossReason
    details: Text | None


class Lost(View):
    """How a deal was lost."""

    closed_on: date
    at: datetime
    by: str
    reasons: tuple[LostBecause, ...]


class PastCycle(View):
    """How an earlier cycle of a reopened deal ended."""

    cycle: int
    stage: str
    outcome: Outcome
    terms: ContractTerms | None
    price: Money | None
    product: str | None
    confirmations: tuple[Confirmation, ...]
    won: Won | None
    lost: Lost | None


class DealSummary(View):
    """A deal in a list."""

    deal_id: str
    account: Account
    owner_id: str
    stage: str
    outcome: Outcome
    cycle: int
    product: str | None
    price: Money | None
    opened_on: date | None


class DealView(DealSummary):
    """A deal. `missing`: what the close gate would answer now, waivers apart; it is empty for a deal that is ready or won."""

    team: tuple[TeamMember, ...]
    terms: ContractTerms | None
    contacts: tuple[ContactRef, ...]
    buying_reason: Text | None
    success_definition: Text | None
    confirmations: tuple[Confirmation, ...]
    package_version: int
    package_score: PackageScore | None
    won: Won | None
    lost: Lost | None
    missing: tuple[Missing, ...]
    past_cycles: tuple[PastCycle, ...] = ()


class PromiseView(View):
    """A promise made during the sale."""

    kind: PromiseKind
    text: Text
    owner_id: str | None
    due_on: date | None


class PackageContentView(View):
    """The handover package, its texts in the clear where their writers' keys are there."""

    pain_points: tuple[Text, ...]
    goals: tuple[Text, ...]
    stakeholders: tuple[ContactRef, ...]
    expectations: tuple[Text, ...]
    buying_reason: Text | None
    success_definition: Text | None
    roi_analysis: Text | None
    requests: tuple[Text, ...]
    promises: tuple[PromiseView, ...]
    perceptions: Text | None
    solution_document: str | None


class PackageView(View):
    """One version of a deal's handover package."""

    deal_id: str
    package_version: int
    submitted_by: str
    submitted_at: datetime
    package: PackageContentView


class PersonView(View):
    """A person of the customer's, or a colleague; never their sealing key."""

    person_id: str
    name: str
    email: str | None
    phone: str | None
    time_zone: str
    account_id: str | None = None


class Page(View, Generic[T]):
    """A part of a list. `next`: what to give as `after` for the part that follows; None at the end."""

    items: tuple[T, ...]
    next: str | None


def shown(deal: Deal) -> dict[str, Any]:
    """A deal's fields for a view, with the gate's present answer; texts still sealed."""
    missing = () if deal.outcome is Outcome.WON else unmet(deal)
    score = deal.package_score
    return deal.model_dump() | {
        "missing": [lack.model_dump() for lack in missing],
        "package_score": score.model_dump() if score else None,
    }


def writers(value: Any) -> Iterator[str]:
    """Ids of those who wrote the sealed texts anywhere in the value."""
    if isinstance(value, Mapping):
        if value.keys() == _SEALED:
            yield value["person_id"]
        for part in value.values():
            yield from writers(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from writers(part)


def in_the_clear(value: Any, people: Mapping[str, PersonDetails]) -> Any:
    """The value with every sealed text opened under its writer's key."""
    if isinstance(value, Mapping):
        if value.keys() == _SEALED:
            sealed = SealedText.model_validate(value)
            return {"by": sealed.person_id, "text": unseal(people.get(sealed.person_id), sealed)}
        return {name: in_the_clear(part, people) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [in_the_clear(part, people) for part in value]
    return value
