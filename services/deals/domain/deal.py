"""A deal: its state, and the verbs of a sale that change it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.deals import Account, Condition, Confirmation, ContractTerms, LossDetail, TeamMember, Waiver
from contracts.values import ContactRef, Id, Label, Money, SealedText, Slug
from services.deals.domain.errors import DealIsClosed, TooManyContacts
from services.deals.domain.imported import ImportedRow

SCORES_AHEAD = 1
"""How many scores of versions that the deal has not seen yet are kept; a restored database can be behind onboarding's."""


class Outcome(StrEnum):
    """How a deal ended, if it did."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class State(BaseModel):
    """Base of what is stored of a deal."""

    model_config = ConfigDict(frozen=True)


class PackageScore(State):
    """What onboarding says of one version of the handover package; 0 to 100, complete enough from `threshold` on."""

    version: int
    score: int
    threshold: int
    gaps: tuple[Slug, ...] = ()


class Win(State):
    """How a deal was won: who asked, when, and what was waived. `at`: UTC."""

    closed_on: date
    at: datetime
    by: Id
    waivers: tuple[Waiver, ...] = ()
    package_version: int | None = None
    package_score: int | None = None
    notes: SealedText | None = None


class Loss(State):
    """How a deal was lost: who said so, when, and why. `at`: UTC."""

    closed_on: date
    at: datetime
    by: Id
    reasons: tuple[LossDetail, ...]


class Deal(State):
    """A sale to one account. `cycle` counts from 1, one more at each reopening; `package_version` 0: none was submitted.

    `stage` stays what it was at the close. `confirmations` are those of this cycle, `package_scores` those of the latest version and ahead.
    """

    deal_id: Id
    account: Account
    owner_id: Id
    stage: Slug
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    terms: ContractTerms | None = None
    opened_on: date | None = None
    outcome: Outcome = Outcome.OPEN
    cycle: int = 1
    contacts: tuple[ContactRef, ...] = ()
    buying_reason: SealedText | None = None
    success_definition: SealedText | None = None
    confirmations: tuple[Confirmation, ...] = ()
    package_version: int = 0
    package_scores: tuple[PackageScore, ...] = ()
    won: Win | None = None
    lost: Loss | None = None
    imported: ImportedRow | None = None

    @property
    def package_score(self) -> PackageScore | None:
        """The score of the latest version of the package, if it is known."""
        return next((score for score in self.package_scores if score.version == self.package_version), None)

    def has(self, condition: Condition) -> bool:
        """Whether the condition was confirmed in this cycle."""
        return any(confirmation.condition == condition for confirmation in self.confirmations)

    def demand_open(self, what: str) -> None:
        """Raises: DealIsClosed, because `what` only an open deal allows."""
        if self.outcome is not Outcome.OPEN:
            raise DealIsClosed(f"the deal is {self.outcome}: {what} needs an open deal; reopen it first")

    def demand_not_lost(self, what: str) -> None:
        """Raises: DealIsClosed, because `what` makes no sense for a lost deal."""
        if self.outcome is Outcome.LOST:
            raise DealIsClosed(f"the deal is lost: {what} needs one that is open or won; reopen it first")

    def move(self, stage: str) -> "Deal":
        """The deal at another stage of the sale."""
        self.demand_open("moving its stage")
        return self._with(stage=stage)

    def confirm(self, confirmation: Confirmation) -> "Deal":
        """The deal with a condition confirmed; what is confirmed already stays as it was."""
        if self.has(confirmation.condition):
            return self
        self.demand_open(f"confirming {confirmation.condition}")
        return self._with(confirmations=(*self.confirmations, confirmation))

    def add_contact(self, contact: ContactRef, at_most: int) -> "Deal":
        """The deal with one more of the customer's people; one person may have several roles."""
        if contact in self.contacts:
            return self
        self.demand_not_lost("adding a contact")
        if len(self.contacts) >= at_most:
            raise TooManyContacts(f"the deal has {at_most} contacts, and the policy allows no more", field="contact")
        return self._with(contacts=(*self.contacts, contact))

    def explain(self, buying_reason: SealedText | None, success_definition: SealedText | None) -> "Deal":
        """The deal with why the customer buys and what success means to them (R4); what is None stays."""
        self.demand_not_lost("recording why the customer buys")
        return self._with(
            buying_reason=buying_reason or self.buying_reason, success_definition=success_definition or self.success_definition
        )

    def agree(self, terms: ContractTerms | None, price: Money | None, product: str | None) -> "Deal":
        """The deal with other terms, price or product; what is None stays."""
        agreed = terms or self.terms, price or self.price, product or self.product
        if agreed == (self.terms, self.price, self.product):
            return self
        self.demand_not_lost("setting terms")
        return self._with(terms=agreed[0], price=agreed[1], product=agreed[2])

    def hand_in_package(self) -> "Deal":
        """The deal with the next version of its handover package; scores of older versions are dropped."""
        self.demand_not_lost("submitting a package")
        version = self.package_version + 1
        return self._with(package_version=version, package_scores=tuple(score for score in self.package_scores if score.version >= version))

    def take_score(self, score: PackageScore) -> "Deal":
        """The deal with a version of its package scored. An older version's score changes nothing; one that comes early is kept."""
        if score.version < self.package_version:
            return self
        known = {kept.version: kept for kept in self.package_scores} | {score.version: score}
        current = [known[version] for version in known if version == self.package_version]
        ahead = [known[version] for version in sorted(known) if version > self.package_version]
        return self._with(package_scores=(*current, *ahead[-SCORES_AHEAD:]))

    def reopen(self, stage: str) -> "Deal":
        """The deal in its next cycle: it has to be confirmed anew, while contacts, terms and packages with their scores go on."""
        return self._with(outcome=Outcome.OPEN, cycle=self.cycle + 1, stage=stage, confirmations=(), won=None, lost=None)

    def _with(self, **changes: Any) -> "Deal":
        return self.model_copy(update=changes)
