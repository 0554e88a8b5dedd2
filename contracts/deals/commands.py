"""What the deals service can be asked to do."""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.deals.values import Account, ContractTerms, LossReason, PackageContent, TeamMember, WaiverRequest
from contracts.message import Command
from contracts.topics import DEALS
from contracts.values import ContactRef, FreeText, Id, Label, Money, Slug, Value


class DealCommand(Command, abstract=True):
    """A request about one deal."""

    topic = DEALS.commands

    deal_id: Id


class OpenDeal(DealCommand):
    """Open a deal. `stage`: the policy's first one when left out; `owner_id`: the lead sales rep."""

    account: Account
    owner_id: Id
    stage: Slug | None = None
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    opened_on: date | None = None


class MoveStage(DealCommand):
    """Move the deal to a stage of the policy. A move to `won` asks to close: it meets the same gate, and only it takes waivers."""

    stage: Slug
    waivers: tuple[WaiverRequest, ...] = ()


class SignContract(DealCommand):
    """Record that the contract is signed. `signed_by`: the customer's signatory."""

    signed_by: Id | None = None


class ConfirmLegal(DealCommand):
    """Record that legal confirms the deal."""


class ConfirmFinance(DealCommand):
    """Record that finance confirms the deal."""


class AddContact(DealCommand):
    """Add a person of the customer's, known by an id of the people topic, in a role."""

    contact: ContactRef


class RecordBuyingReason(DealCommand):
    """Record why the customer buys and what success means to them."""

    buying_reason: FreeText | None = None
    success_definition: FreeText | None = None


class SetTerms(DealCommand):
    """Set contract terms, price or product; what is left out stays."""

    terms: ContractTerms | None = None
    price: Money | None = None
    product: Label | None = None


class SubmitPackage(DealCommand):
    """Hand in the handover package, as its next version."""

    package: PackageContent


class CloseDeal(DealCommand):
    """Close the deal as won. `closed_on`: today when left out. Waivers and notes need the named person's token."""

    closed_on: date | None = None
    waivers: tuple[WaiverRequest, ...] = ()
    notes: FreeText | None = None


class LossStatement(Value):
    """One reason for a loss, as somebody tells it."""

    reason: LossReason = Field(strict=False)
    details: FreeText | None = None


class LoseDeal(DealCommand):
    """Close the deal as lost, with reasons. Details need the named person's token; `not_recorded` is for imports only."""

    reasons: Annotated[tuple[LossStatement, ...], Field(min_length=1)]
    closed_on: date | None = None


class ReopenDeal(DealCommand):
    """Open a closed deal again as a new cycle. Needs the token of the person who reopens it."""

    reason: FreeText
    stage: Slug | None = None


class ImportDeal(DealCommand):
    """A deal as a CRM export shows it. Acts only where the row differs from the last one imported.

    `outcome`: won, lost or open. `row_hash`: fingerprint of the row after mapping. A won row passes the close gate like any other request.
    """

    account: Account
    owner_id: Id
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    stage: Slug | None = None
    outcome: Annotated[str, Field(pattern="^(open|won|lost)$")]
    opened_on: date | None = None
    closed_on: date | None = None
    row_hash: Annotated[str, Field(min_length=8, max_length=64)]
    waivers: tuple[WaiverRequest, ...] = ()
