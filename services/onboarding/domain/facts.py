"""What is told of a handover: each function makes one event from the handover as it is after the change."""

from datetime import date, datetime
from typing import Any

from contracts.onboarding import (
    FollowUpOpened,
    Gap,
    HandoverAccepted,
    HandoverCompleted,
    HandoverOpened,
    HandoverPrepared,
    HandoverReturned,
    HandoverStopped,
    KickoffBooked,
    KickoffHeld,
    KickoffOverdue,
    PackageOverdue,
    PackageScored,
    StepCompleted,
    StepOverdue,
)
from contracts.values import SealedText
from services.onboarding.domain.handover import Handover
from services.onboarding.domain.parts import FollowUp, PackageScore, StepDone
from services.onboarding.domain.raci import Raci


def _about(handover: Handover) -> dict[str, Any]:
    return {"deal_id": handover.deal_id, "account_id": handover.account_id, "cycle": handover.cycle}


def prepared(handover: Handover, steps: tuple[str, ...]) -> HandoverPrepared:
    """Preparation began. `steps`: those of the template."""
    return HandoverPrepared(**_about(handover), steps=steps)


def scored(handover: Handover, package: PackageScore, threshold: int) -> PackageScored:
    """A version of the package was scored."""
    return PackageScored(**_about(handover), package_version=package.version, score=package.score, threshold=threshold, gaps=package.gaps)


def opened(handover: Handover, steps: tuple[str, ...], gaps: tuple[Gap, ...]) -> HandoverOpened:
    """A won deal is being handed over. Raises: ValueError: it is not won."""
    if handover.won is None:
        raise ValueError("a deal that is not won has no open handover")
    return HandoverOpened(
        **_about(handover),
        account_name=handover.account_name or handover.account_id,
        package_version=handover.package.version if handover.package else None,
        score=handover.package.score if handover.package else None,
        gaps=gaps,
        steps=steps,
        deadlines=handover.won.deadlines,
    )


def returned(handover: Handover, gaps: tuple[Gap, ...], reason: SealedText | None = None) -> HandoverReturned:
    """The package was given back. Raises: ValueError: it was not."""
    if handover.returned is None:
        raise ValueError("the package was not returned")
    return HandoverReturned(
        **_about(handover),
        package_version=handover.returned.package_version,
        returned_by=handover.returned.by,
        reason=reason,
        gaps=gaps,
    )


def accepted(handover: Handover) -> HandoverAccepted:
    """The package was accepted. Raises: ValueError: it was not."""
    if handover.accepted is None:
        raise ValueError("the package was not accepted")
    return HandoverAccepted(**_about(handover), package_version=handover.accepted.package_version, accepted_by=handover.accepted.by)


def step_completed(handover: Handover, step: str, title: str, done: StepDone, raci: Raci) -> StepCompleted:
    """A step is done; its letters travel along."""
    return StepCompleted(
        **_about(handover),
        step=step,
        title=title,
        completed_by=done.by,
        responsible=raci.responsible,
        accountable=raci.accountable,
        consulted=raci.consulted,
        informed=raci.informed,
    )


def step_overdue(handover: Handover, step: str, title: str, due_at: datetime, raci: Raci) -> StepOverdue:
    """A step was not done by its time."""
    return StepOverdue(
        **_about(handover), step=step, title=title, due_at=due_at, accountable=raci.accountable, responsible=raci.responsible
    )


def kickoff_booked(handover: Handover, at: datetime, by: str) -> KickoffBooked:
    """The kick-off has a time."""
    return KickoffBooked(**_about(handover), at=at, booked_by=by)


def kickoff_held(handover: Handover, held_at: datetime, by: str, notes: SealedText | None) -> KickoffHeld:
    """The kick-off took place."""
    return KickoffHeld(**_about(handover), held_at=held_at, held_by=by, notes=notes)


def kickoff_overdue(handover: Handover, missing: str, due_at: datetime, accountable: str) -> KickoffOverdue:
    """The kick-off was not booked, or not held, by its time. `missing`: booking or holding."""
    return KickoffOverdue(**_about(handover), missing=missing, due_at=due_at, accountable=accountable)


def package_overdue(handover: Handover, due_at: datetime, accountable: str) -> PackageOverdue:
    """A returned package was not bettered by its time."""
    version = handover.returned.package_version if handover.returned else None
    return PackageOverdue(**_about(handover), package_version=version, due_at=due_at, accountable=accountable)


def completed(handover: Handover, on: date) -> HandoverCompleted:
    """The handover is complete. Days count from the day on which the deal was closed. Raises: ValueError: it is not won."""
    if handover.won is None:
        raise ValueError("a deal that is not won has no complete handover")
    return HandoverCompleted(
        **_about(handover),
        account_name=handover.account_name or handover.account_id,
        completed_on=on,
        contacts=handover.won.contacts,
        days_from_win=max(0, (on - handover.won.closed_on).days),
    )


def stopped(handover: Handover, because: str) -> HandoverStopped:
    """The handover ended without completion. `because`: reopened or lost."""
    return HandoverStopped(**_about(handover), because=because)


def follow_up_opened(handover: Handover, follow_up: FollowUp) -> FollowUpOpened:
    """A detractor's answer is followed up."""
    return FollowUpOpened(
        **_about(handover),
        survey_id=follow_up.survey_id,
        respondent_id=follow_up.respondent_id,
        role=follow_up.role,
        due_at=follow_up.due_at,
    )
