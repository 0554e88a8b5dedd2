"""The handover of one deal in its current cycle."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.deals import Account
from contracts.values import ContactRef, Id, Label, Slug
from services.onboarding.domain.errors import (
    HandoverAlreadyAccepted,
    HandoverAlreadyReturned,
    HandoverNotOpen,
    HandoverNotRunning,
    KickoffAlreadyHeld,
    PackageMovedOn,
)
from services.onboarding.domain.parts import Acceptance, FollowUp, Kickoff, PackageScore, Return, State, StepDone, Win

BEFORE_THE_WIN = frozenset({State.EXPECTED, State.PREPARED})
RUNNING = frozenset({State.PREPARED, State.OPEN, State.RETURNED, State.ACCEPTED})
KICKOFF_BOOKING, KICKOFF_HOLDING, PACKAGE = "kickoff_booking", "kickoff_holding", "package"
"""Names of deadlines; those of steps are `step_` and the step."""


def step_deadline(step: str) -> str:
    """The name of a step's deadline."""
    return f"step_{step}"


class Handover(BaseModel):
    """What is owed to one customer after one win, and before it.

    `highest_reopened`: the highest cycle that a reopening began; `package`: the score of the latest version, which outlives a reopening;
    `returns`: how often the package was given back; `deadlines`: what is still owed, by when; `overdue`: those of them that are past.
    """

    model_config = ConfigDict(frozen=True)

    deal_id: Id
    account_id: Id
    account_name: Label | None = None
    cycle: int = 1
    highest_reopened: int = 1
    state: State = State.EXPECTED
    package: PackageScore | None = None
    won: Win | None = None
    accepted: Acceptance | None = None
    returned: Return | None = None
    returns: int = 0
    steps: dict[Slug, StepDone] = {}
    kickoff: Kickoff = Kickoff()
    deadlines: dict[str, datetime] = {}
    overdue: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    completed_on: date | None = None

    @property
    def running(self) -> bool:
        """Whether something is under way that a reopening or a loss stops."""
        return self.state in RUNNING

    def is_past(self, cycle: int) -> bool:
        """Whether a cycle is over."""
        return cycle < max(self.cycle, self.highest_reopened)

    def in_cycle(self, cycle: int) -> "Handover":
        """The handover of that cycle: this one, or a fresh one that keeps the account and the package's score."""
        if cycle == self.cycle:
            return self
        return Handover(
            deal_id=self.deal_id,
            account_id=self.account_id,
            account_name=self.account_name,
            cycle=cycle,
            highest_reopened=max(cycle, self.highest_reopened),
            package=self.package,
        )

    def of_account(self, account: Account) -> "Handover":
        """The handover with what the account is called now."""
        return self._with(account_id=account.account_id, account_name=account.name)

    def prepare(self) -> "Handover":
        """Preparation begins; once begun, won or stopped there is nothing to do."""
        return self._with(state=State.PREPARED) if self.state is State.EXPECTED else self

    def open(self, won: Win, package: PackageScore | None, deadlines: Mapping[str, datetime]) -> "Handover":
        """The deal is won. Steps done and a kick-off booked before stay, and are not owed any more."""
        met = {step_deadline(step) for step in self.steps}
        met |= {KICKOFF_BOOKING} if self.kickoff.at else set()
        owed = {name: due for name, due in deadlines.items() if name not in met}
        return self._with(state=State.OPEN, won=won, package=package, deadlines=owed, overdue=())

    def scored(self, package: PackageScore, threshold: int) -> "Handover":
        """A newer version of the package has come; a returned handover opens again if it is good enough."""
        taken = self._with(package=package)
        if self.state is State.RETURNED and package.score >= threshold:
            return taken._with(state=State.OPEN).met(PACKAGE)
        return taken

    def accept(self, by: str, at: datetime, read: int | None) -> "Handover":
        """The receiver takes the package; accepted before, it stays as it was. `read`: the version that they read, if they say.

        Raises:
            HandoverNotOpen, HandoverNotRunning, HandoverAlreadyReturned, PackageMovedOn.
        """
        if self.state in (State.ACCEPTED, State.COMPLETED):
            return self
        self._demand_open("accept")
        version = self._read(read)
        return self._with(state=State.ACCEPTED, accepted=Acceptance(by=by, at=at, package_version=version))

    def give_back(self, by: str, at: datetime, better_by: datetime | None) -> "Handover":
        """The package goes back to sales. `better_by`: when a better one is due.

        Raises:
            HandoverNotOpen, HandoverNotRunning, HandoverAlreadyAccepted, HandoverAlreadyReturned.
        """
        if self.state in (State.ACCEPTED, State.COMPLETED):
            raise HandoverAlreadyAccepted("the package was accepted, and an accepted one is not given back")
        self._demand_open("return")
        back = Return(by=by, at=at, package_version=self.package.version if self.package else None)
        owed = self.deadlines | ({PACKAGE: better_by} if better_by else {})
        return self._with(state=State.RETURNED, returned=back, returns=self.returns + 1, deadlines=owed)

    def complete_step(self, step: str, done: StepDone) -> "Handover":
        """The step done; done before, it stays as it was. Raises: HandoverNotRunning."""
        if step in self.steps:
            return self
        self.demand_live()
        return self._with(steps=self.steps | {step: done}).met(step_deadline(step))

    def book_kickoff(self, at: datetime, by: str, now: datetime, minutes: int) -> "Handover":
        """The kick-off booked, or moved. Raises: HandoverNotRunning, KickoffAlreadyHeld."""
        if self.kickoff.at == at:
            return self
        self.demand_live()
        if self.kickoff.held_at:
            raise KickoffAlreadyHeld(f"the kick-off was held at {self.kickoff.held_at.isoformat()}")
        moves = self.kickoff.moves + (self.kickoff.at is not None)
        booked = Kickoff(at=at, booked_by=by, booked_at=now, minutes=minutes, moves=moves)
        return self._with(kickoff=booked).met(KICKOFF_BOOKING)

    def hold_kickoff(self, held_at: datetime, by: str) -> "Handover":
        """The kick-off took place, booked or not. Raises: HandoverNotRunning, HandoverNotOpen, KickoffAlreadyHeld."""
        if self.kickoff.held_at == held_at:
            return self
        self.demand_live()
        if self.won is None:
            raise HandoverNotOpen("the deal is not won yet: the kick-off is held after the win")
        if self.kickoff.held_at:
            raise KickoffAlreadyHeld(f"the kick-off was held at {self.kickoff.held_at.isoformat()}")
        held = self.kickoff.model_copy(update={"held_at": held_at, "held_by": by})
        return self._with(kickoff=held).met(KICKOFF_BOOKING).met(KICKOFF_HOLDING)

    def complete(self, required: Collection[str], kickoff_required: bool, on: date) -> "Handover":
        """The handover completed, if it is accepted, every required step is done, and the kick-off was held where it has to be."""
        missing = set(required).difference(self.steps)
        if self.state is not State.ACCEPTED or missing or (kickoff_required and self.kickoff.held_at is None):
            return self
        return self._with(state=State.COMPLETED, completed_on=on, deadlines={}, overdue=())

    def late(self, name: str, due_at: datetime) -> "Handover":
        """What was owed by that time is overdue; nothing changes where it is not owed, or was said before."""
        if self.deadlines.get(name) != due_at or name in self.overdue:
            return self
        return self._with(overdue=(*self.overdue, name))

    def met(self, name: str) -> "Handover":
        """The handover without a deadline."""
        kept = {other: due for other, due in self.deadlines.items() if other != name}
        return self._with(deadlines=kept, overdue=tuple(other for other in self.overdue if other != name))

    def stop(self) -> "Handover":
        """The handover ended without completion, if it was under way."""
        return self._with(state=State.STOPPED, deadlines={}, overdue=()) if self.running else self

    def reopened(self, cycle: int) -> "Handover":
        """The handover of a cycle that is over, which knows the one that began."""
        return self.stop()._with(highest_reopened=cycle)

    def add_contact(self, contact: ContactRef) -> "Handover":
        """The handover of a won deal with one more of the customer's people; before the win they are the deal's to know."""
        if self.won is None or contact in self.won.contacts:
            return self
        return self._with(won=self.won.model_copy(update={"contacts": (*self.won.contacts, contact)}))

    def follow_up(self, follow_up: FollowUp) -> "Handover":
        """The handover with a detractor's answer to follow up; one that is followed up stays as it was."""
        known = {(known.survey_id, known.respondent_id) for known in self.follow_ups}
        if (follow_up.survey_id, follow_up.respondent_id) in known:
            return self
        return self._with(follow_ups=(*self.follow_ups, follow_up))

    def demand_live(self) -> None:
        """Raises: HandoverNotRunning, unless it is under way or completed, in a cycle that is not over."""
        if self.is_past(self.cycle):
            raise HandoverNotRunning("the deal was reopened, and its next handover has not begun")
        if not self.running and self.state is not State.COMPLETED:
            raise HandoverNotRunning(f"the handover is {self.state}")

    def _demand_open(self, verb: str) -> None:
        if self.state in BEFORE_THE_WIN:
            raise HandoverNotOpen(f"the deal is not won yet: there is nothing to {verb}")
        self.demand_live()
        if self.state is State.RETURNED:
            raise HandoverAlreadyReturned("the package was returned, and no better version has come since")

    def _read(self, version: int | None) -> int | None:
        latest = self.package.version if self.package else None
        if version is not None and version != latest:
            raise PackageMovedOn(f"you read version {version}, and the latest is {latest}", field="package_version")
        return latest

    def _with(self, **changes: Any) -> "Handover":
        return self.model_copy(update=changes)
