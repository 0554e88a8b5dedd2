"""What the deals service tells the world."""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.deals.values import (
    Account,
    Condition,
    Confirmation,
    ContractTerms,
    LossReason,
    Package,
    TeamMember,
    Waiver,
)
from contracts.message import Event
from contracts.refusal import CommandRefused
from contracts.topics import DEALS
from contracts.values import ContactRef, Id, Label, Money, SealedText, Slug, Time, Value


class DealEvent(Event, abstract=True):
    """A fact about one deal. `cycle`: 1, and one more each time the deal is reopened."""

    topic = DEALS.events

    deal_id: Id
    account_id: Id
    cycle: Annotated[int, Field(ge=1)]


class DealOpened(DealEvent):
    """A deal was opened."""

    account: Account
    stage: Slug
    owner_id: Id
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    opened_on: date | None = None


class DealStageMoved(DealEvent):
    """A deal went from one stage of the sale to another."""

    from_stage: Slug
    to_stage: Slug
    owner_id: Id
    team: tuple[TeamMember, ...] = ()
    account: Account


class DealReassigned(DealEvent):
    """The deal has another owner, another team or another account than before."""

    account: Account
    owner_id: Id
    team: tuple[TeamMember, ...] = ()


class DealConditionMet(DealEvent):
    """The contract was signed, or legal or finance confirmed."""

    confirmation: Confirmation


class DealContactAdded(DealEvent):
    """A person of the customer's takes part in the deal."""

    contact: ContactRef


class DealBuyingReasonRecorded(DealEvent):
    """Why the customer buys, and what success means to them (R4)."""

    buying_reason: SealedText | None = None
    success_definition: SealedText | None = None


class DealTermsSet(DealEvent):
    """The terms, the price or the product were set; all three as they are now."""

    terms: ContractTerms | None = None
    price: Money | None = None
    product: Label | None = None


class PackageSubmitted(DealEvent):
    """Sales handed in a version of the handover package; onboarding scores it."""

    package_version: Annotated[int, Field(ge=1)]
    package: Package
    submitted_by: Id


class DealClosedWon(DealEvent):
    """The deal is won: signed, confirmed, and handed over well enough, or waived by a named person."""

    account: Account
    owner_id: Id
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    terms: ContractTerms | None = None
    closed_on: date
    contacts: tuple[ContactRef, ...] = ()
    buying_reason: SealedText | None = None
    success_definition: SealedText | None = None
    confirmations: tuple[Confirmation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    package_version: int | None = None
    package_score: Annotated[int, Field(ge=0, le=100)] | None = None
    notes: SealedText | None = None


class LossDetail(Value):
    """One reason for a loss, with what was said about it."""

    reason: LossReason = Field(strict=False)
    details: SealedText | None = None


class DealClosedLost(DealEvent):
    """The deal is lost, and why."""

    account: Account
    owner_id: Id
    closed_on: date
    reasons: tuple[LossDetail, ...] = ()


class DealReopened(DealEvent):
    """A closed deal was opened again; `cycle` is the new one, and everything of an older cycle is over."""

    reopened_by: Id
    reason: SealedText
    was: Annotated[str, Field(pattern="^(won|lost)$")]
    stage: Slug
    at: Time


class Missing(Value):
    """One condition that the close gate found unmet. `detail`: a sentence, without names of people. `gaps`: sections of the package."""

    condition: Condition = Field(strict=False)
    code: Annotated[str, Field(pattern="^(missing|incomplete|score_pending)$")]
    detail: Label
    gaps: tuple[Slug, ...] = ()


class CloseRefused(DealEvent):
    """Somebody tried to close a deal as won before it truly was."""

    missing: tuple[Missing, ...]
    requested_by: Id


class DealCommandRefused(CommandRefused):
    """A command was refused and changed nothing. `code` is stable, `detail` is a sentence for people."""

    topic = DEALS.events

    deal_id: Id
