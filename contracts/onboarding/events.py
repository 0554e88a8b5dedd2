"""What the onboarding service tells the world."""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.message import Event, Private
from contracts.refusal import CommandRefused
from contracts.topics import ONBOARDING
from contracts.values import ContactRef, Id, Label, SealedText, Slug, Time, Value

Score = Annotated[int, Field(ge=0, le=100)]


class HandoverEvent(Event, abstract=True):
    """A fact about the handover of one deal in one cycle."""

    topic = ONBOARDING.events

    deal_id: Id
    account_id: Id
    cycle: Annotated[int, Field(ge=1)]


class Gap(Value):
    """A part of the package that is missing or thin. `weight`: points of 100 that it costs."""

    section: Slug
    detail: Label
    weight: Annotated[int, Field(ge=0, le=100)]


class HandoverPrepared(HandoverEvent):
    """Preparation began before the win, at a stage that the policy names (R27–R30)."""

    steps: tuple[Slug, ...]


class PackageScored(HandoverEvent):
    """A version of the handover package was scored (R26). It is complete enough when `score >= threshold`."""

    package_version: Annotated[int, Field(ge=1)]
    score: Score
    threshold: Score
    gaps: tuple[Gap, ...] = ()


class HandoverOpened(HandoverEvent):
    """A won deal is being handed over. `deadlines`: False for a win that was closed so long ago that nothing is called late."""

    account_name: Label
    package_version: int | None = None
    score: Score | None = None
    gaps: tuple[Gap, ...] = ()
    steps: tuple[Slug, ...] = ()
    deadlines: bool = True


class HandoverReturned(HandoverEvent):
    """The receiver gave the package back to sales. `returned_by`: a person, or `policy` where the score fell behind the policy."""

    package_version: int | None
    returned_by: Id
    reason: SealedText | None = None
    gaps: tuple[Gap, ...] = ()


class HandoverAccepted(HandoverEvent):
    """The receiver accepted the package."""

    package_version: int | None
    accepted_by: Id


class StepCompleted(HandoverEvent):
    """A step of the RACI template is done. The role letters travel along, so that nobody needs the template to know whom to tell."""

    step: Slug
    title: Label
    completed_by: Id
    responsible: tuple[Slug, ...]
    accountable: Slug
    consulted: tuple[Slug, ...] = ()
    informed: tuple[Slug, ...] = ()


class StepOverdue(HandoverEvent):
    """A step was not done by its time; its Accountable hears of it (R65)."""

    step: Slug
    title: Label
    due_at: Time
    accountable: Slug
    responsible: tuple[Slug, ...]


class KickoffBooked(HandoverEvent):
    """The kick-off has a time (R44)."""

    at: Time
    booked_by: Id


class KickoffHeld(HandoverEvent):
    """The kick-off took place."""

    held_at: Time
    held_by: Id
    notes: SealedText | None = None


class KickoffOverdue(HandoverEvent):
    """The kick-off was not booked, or not held, by its time (O2). `missing`: booking or holding."""

    missing: Annotated[str, Field(pattern="^(booking|holding)$")]
    due_at: Time
    accountable: Slug


class HandoverCompleted(HandoverEvent):
    """The package is accepted and every required step is done: the customer is in the hands of those who serve them."""

    account_name: Label
    completed_on: date
    contacts: tuple[ContactRef, ...] = ()
    days_from_win: Annotated[int, Field(ge=0)]


class HandoverStopped(HandoverEvent):
    """The handover ended without completion. `because`: reopened or lost."""

    because: Annotated[str, Field(pattern="^(reopened|lost)$")]


class PackageOverdue(HandoverEvent):
    """A returned package was not bettered by its time (O2)."""

    package_version: int | None
    due_at: Time
    accountable: Slug


class FollowUpOpened(HandoverEvent):
    """A detractor's answer is followed up by a role, within the policy's time."""

    survey_id: Id
    respondent_id: Id
    role: Slug
    due_at: Time


class HandoverCommandRefused(CommandRefused):
    """A command was refused and changed nothing. `code` is stable, `detail` is a sentence for people."""

    topic = ONBOARDING.events

    deal_id: Id


class HandoverTimer(Private, abstract=True):
    """A deadline of one handover in one cycle."""

    topic = ONBOARDING.private

    deal_id: Id
    cycle: Annotated[int, Field(ge=1)]
    due_at: Time


class StepDue(HandoverTimer):
    """A step should be done by now."""

    step: Slug


class KickoffBookingDue(HandoverTimer):
    """The kick-off should be booked by now."""


class KickoffHoldingDue(HandoverTimer):
    """The kick-off should have been held by now."""


class PackageDue(HandoverTimer):
    """A returned package should be bettered by now."""
