"""Preparation can begin before the win, when the deal reaches a stage that the policy names (R27–R30)."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import DealOpened, DealStageMoved
from services.onboarding.domain import Handover, facts
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.cycles import is_past, of_event
from services.onboarding.policy import OnboardingPolicy


def prepare_at_opening(handover: Handover | None, opened: DealOpened, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """A deal that opens at such a stage begins its preparation."""
    return _prepare(handover, opened, opened.stage, context)


def prepare_at_stage(handover: Handover | None, moved: DealStageMoved, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """A deal that reaches such a stage begins its preparation; one that has begun goes on as it is."""
    return _prepare(handover, moved, moved.to_stage, context)


def _prepare(
    handover: Handover | None, event: DealOpened | DealStageMoved, stage: str, context: Context[OnboardingPolicy]
) -> Decision[Handover] | None:
    if stage not in context.policy.prepare_at_stages or is_past(handover, event):
        return None
    current = of_event(handover, event, event.account)
    prepared = current.prepare()
    if prepared is current:
        return None
    return decided(handover, prepared, context, [facts.prepared(prepared, tuple(context.policy.by_step))])
