"""What was owed and is not done by its time is told, once (O2, R65)."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.onboarding import HandoverTimer, KickoffBookingDue, KickoffHoldingDue, PackageDue, StepDue
from services.onboarding.domain import Handover, facts
from services.onboarding.domain.handover import KICKOFF_BOOKING, KICKOFF_HOLDING, PACKAGE, step_deadline
from services.onboarding.policy import OnboardingPolicy

Outcome = Decision[Handover] | None


def raise_step(handover: Handover | None, due: StepDue, context: Context[OnboardingPolicy]) -> Outcome:
    """A step is late; its Accountable hears of it. A step that the template lost meanwhile is nobody's."""
    late = _late(handover, step_deadline(due.step), due)
    step = context.policy.by_step.get(due.step)
    if late is None or step is None:
        return None
    return Decision(late, events=[facts.step_overdue(late, step.step, step.title, due.due_at, step.letters)])


def raise_booking(handover: Handover | None, due: KickoffBookingDue, context: Context[OnboardingPolicy]) -> Outcome:
    """The kick-off is not booked in time."""
    late = _late(handover, KICKOFF_BOOKING, due)
    accountable = context.policy.kickoff.accountable
    return Decision(late, events=[facts.kickoff_overdue(late, "booking", due.due_at, accountable)]) if late else None


def raise_holding(handover: Handover | None, due: KickoffHoldingDue, context: Context[OnboardingPolicy]) -> Outcome:
    """The kick-off is not held in time."""
    late = _late(handover, KICKOFF_HOLDING, due)
    accountable = context.policy.kickoff.accountable
    return Decision(late, events=[facts.kickoff_overdue(late, "holding", due.due_at, accountable)]) if late else None


def raise_package(handover: Handover | None, due: PackageDue, context: Context[OnboardingPolicy]) -> Outcome:
    """A returned package is not bettered in time."""
    late = _late(handover, PACKAGE, due)
    return Decision(late, events=[facts.package_overdue(late, due.due_at, context.policy.package.accountable)]) if late else None


def _late(handover: Handover | None, name: str, due: HandoverTimer) -> Handover | None:
    """The handover with that overdue; None if it is not owed any more, not at that time, or in another cycle."""
    if handover is None or handover.cycle != due.cycle:
        return None
    late = handover.late(name, due.due_at)
    return None if late is handover else late
