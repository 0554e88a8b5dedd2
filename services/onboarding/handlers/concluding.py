"""From a handover before and after to a decision: what is owed becomes timers, what is done completes the handover."""

from collections.abc import Sequence

from chassis.context import Context
from chassis.decision import Decision, Row, Timer
from contracts.message import Event
from contracts.onboarding import HandoverTimer, KickoffBookingDue, KickoffHoldingDue, PackageDue, StepDue
from services.onboarding.domain import Handover, State, facts
from services.onboarding.domain.handover import KICKOFF_BOOKING, KICKOFF_HOLDING, PACKAGE, step_deadline
from services.onboarding.domain.rows import PAST_HANDOVERS
from services.onboarding.policy import OnboardingPolicy

_DUE: dict[str, type[HandoverTimer]] = {KICKOFF_BOOKING: KickoffBookingDue, KICKOFF_HOLDING: KickoffHoldingDue, PACKAGE: PackageDue}
_STEP = step_deadline("")


def decided(
    before: Handover | None,
    after: Handover,
    context: Context[OnboardingPolicy],
    events: Sequence[Event] = (),
    rows: Sequence[Row] = (),
) -> Decision[Handover]:
    """The decision that leads from one to the other.

    A handover that is under way and gives way to another cycle's is stopped and kept among the past ones. A handover that has everything is
    completed. Timers follow the deadlines: set where one is new or moved, cancelled where one is gone.
    """
    ended = before if before and before.cycle < after.cycle else None
    stopped = [facts.stopped(ended, "reopened")] if ended and ended.running else []
    done = after.complete(context.policy.required_steps, context.policy.kickoff.required, context.now.date())
    completed = [] if done is after else [facts.completed(done, context.now.date())]
    owed = {} if before is None or ended else before.deadlines
    return Decision(
        done,
        events=[*stopped, *events, *completed],
        timers=[_timer(done, name) for name, due in done.deadlines.items() if owed.get(name) != due],
        cancel=[name for name in (before.deadlines if before else ()) if name not in done.deadlines],
        rows=[*rows, *([_past(ended)] if ended and ended.state is not State.EXPECTED else [])],
    )


def _timer(handover: Handover, name: str) -> Timer:
    due_at = handover.deadlines[name]
    if kind := _DUE.get(name):
        return Timer(name, kind(deal_id=handover.deal_id, cycle=handover.cycle, due_at=due_at), due_at)
    step = name.removeprefix(_STEP)
    return Timer(name, StepDue(deal_id=handover.deal_id, cycle=handover.cycle, due_at=due_at, step=step), due_at)


def _past(handover: Handover) -> Row:
    content = handover.stop().model_dump(mode="json", exclude={"deadlines", "overdue", "highest_reopened"})
    return Row(PAST_HANDOVERS, f"{handover.deal_id}:{handover.cycle}", content)
