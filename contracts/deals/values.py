"""The parts of a deal that its messages carry."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.values import ContactRef, FreeText, Id, Label, SealedText, Slug, Time, Value


class Condition(StrEnum):
    """What the close gate asks for (R1)."""

    CONTRACT = "contract"
    LEGAL = "legal"
    FINANCE = "finance"
    PACKAGE = "package"


class Confirmation(Value):
    """A condition of the close gate that is met: who said so, and when. `by`: a person's id, or the source of the command.

    `signed_by`: the customer's signatory, of a contract.
    """

    condition: Condition = Field(strict=False)
    by: Id
    at: Time
    signed_by: Id | None = None


class Waiver(Value):
    """A condition of the close gate that a named person set aside."""

    condition: Condition = Field(strict=False)
    by: Id
    reason: SealedText
    at: Time


class WaiverRequest(Value):
    """Asks for a condition to be set aside. `by`: the person who waives; the caller when left out."""

    condition: Condition = Field(strict=False)
    reason: FreeText
    by: Id | None = None


class ContractTerms(Value):
    """The contract: first day, length in months, how it is billed and how it renews."""

    starts_on: date
    months: Annotated[int, Field(ge=1, le=600)]
    billing: Annotated[str, Field(pattern="^(once|monthly|quarterly|annually)$")] = "annually"
    auto_renews: bool = False
    notice_days: Annotated[int, Field(ge=0)] = 0


class PromiseKind(StrEnum):
    """Where a promise stands (seed 002, step 4)."""

    SOW = "sow"
    CONTRACT = "contract"
    SCOPE = "scope"
    RENEWAL = "renewal"
    OTHER = "other"


class PromiseRequest(Value):
    """A promise made during the sale, as sales writes it down."""

    kind: PromiseKind = Field(strict=False)
    text: FreeText
    owner_id: Id | None = None
    due_on: date | None = None


class Promise(Value):
    """A promise made during the sale, on the bus."""

    kind: PromiseKind = Field(strict=False)
    text: SealedText
    owner_id: Id | None = None
    due_on: date | None = None


class PackageContent(Value):
    """The handover package as sales writes it (R26, R31–R35). What is left out is a gap."""

    pain_points: tuple[FreeText, ...] = ()
    goals: tuple[FreeText, ...] = ()
    stakeholders: tuple[ContactRef, ...] = ()
    expectations: tuple[FreeText, ...] = ()
    roi_analysis: FreeText | None = None
    requests: tuple[FreeText, ...] = ()
    promises: tuple[PromiseRequest, ...] = ()
    perceptions: FreeText | None = None
    solution_document: Annotated[str, Field(max_length=2000, description="where the onboarding solution document (OSD) is kept")] | None = (
        None
    )


class Package(Value):
    """The handover package on the bus: free text sealed under the key of the person who wrote it."""

    pain_points: tuple[SealedText, ...] = ()
    goals: tuple[SealedText, ...] = ()
    stakeholders: tuple[ContactRef, ...] = ()
    expectations: tuple[SealedText, ...] = ()
    buying_reason: SealedText | None = None
    success_definition: SealedText | None = None
    roi_analysis: SealedText | None = None
    requests: tuple[SealedText, ...] = ()
    promises: tuple[Promise, ...] = ()
    perceptions: SealedText | None = None
    solution_document: Annotated[str, Field(max_length=2000)] | None = None


class LossReason(StrEnum):
    """The eight reasons of seed 000 (R78–R85)."""

    PRICE = "price"
    PRODUCT = "product_did_not_meet_requirements"
    DO_NOTHING = "do_nothing"
    TOO_COMPLICATED = "too_complicated"
    NOT_READY = "not_ready_to_buy"
    NO_BUDGET = "no_budget"
    SOCIALIZATION = "needs_internal_socialization"
    TIMING = "timing"
    NOT_RECORDED = "not_recorded"


class Account(Value):
    """The customer's company, as far as the journey needs it."""

    account_id: Id
    name: Label
    sector: Label | None = None
    region: Label | None = None


class TeamMember(Value):
    """A colleague on the deal, by role: sales_rep, sales_manager, sales_engineer, …"""

    person_id: Id
    role: Slug
