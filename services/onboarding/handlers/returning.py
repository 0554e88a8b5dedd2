"""How a package is given back, by a person or by the policy."""

from collections.abc import Sequence

from chassis.context import Context
from chassis.decision import Row
from contracts.onboarding import Gap, HandoverReturned
from contracts.values import SealedText
from services.onboarding.domain import Handover, facts
from services.onboarding.domain.rows import RETURNS
from services.onboarding.policy import OnboardingPolicy

POLICY = "policy"
"""Who returns a package that fell behind the policy."""


def give_back(
    handover: Handover,
    by: str,
    gaps: Sequence[Gap],
    context: Context[OnboardingPolicy],
    reason: SealedText | None = None,
) -> tuple[Handover, HandoverReturned, Row]:
    """The handover returned, what is told of it, and the row that keeps the reasons.

    Raises:
        DomainError: what `Handover.give_back` refuses.
    """
    timed = handover.won is not None and handover.won.deadlines
    returned = handover.give_back(by, context.now, context.now + context.policy.package.better_within if timed else None)
    event = facts.returned(returned, tuple(gaps), reason)
    content = event.model_dump(mode="json") | {"n": returned.returns, "at": context.now.isoformat()}
    return returned, event, Row(RETURNS, f"{handover.deal_id}:{handover.cycle}:{returned.returns}", content)
