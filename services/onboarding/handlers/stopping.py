"""A reopened deal stops the handover of its earlier cycle, a lost one the handover that was being prepared."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import DealClosedLost, DealReopened
from services.onboarding.domain import Handover, State, facts
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.cycles import is_past, of_event
from services.onboarding.policy import OnboardingPolicy


def stop_reopened(handover: Handover | None, reopened: DealReopened, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """Everything of the older cycles is over; a deal that is reopened at a stage of preparation begins the next one."""
    if is_past(handover, reopened) or (handover and reopened.cycle == max(handover.cycle, handover.highest_reopened)):
        return None
    if reopened.stage in context.policy.prepare_at_stages:
        prepared = of_event(handover, reopened).prepare()
        return decided(handover, prepared, context, [facts.prepared(prepared, tuple(context.policy.by_step))])
    if handover is None:
        return Decision(of_event(None, reopened))
    events = [facts.stopped(handover, "reopened")] if handover.running else []
    return decided(handover, handover.reopened(reopened.cycle), context, events)


def stop_lost(handover: Handover | None, lost: DealClosedLost, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """A preparation ends with the loss; a deal that was never prepared has nothing to stop."""
    if handover is None or is_past(handover, lost):
        return None
    current = of_event(handover, lost, lost.account)
    if current.state is State.PREPARED:
        return decided(handover, current.stop(), context, [facts.stopped(current, "lost")])
    return decided(handover, current, context) if current.cycle > handover.cycle else None
