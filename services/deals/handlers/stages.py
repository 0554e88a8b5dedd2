"""Which stages there are."""

from chassis.decision import Invalid
from services.deals.policy import DealsPolicy


def listed(policy: DealsPolicy, stage: str) -> str:
    """The stage, if it is one of the policy's. Raises: Invalid, naming the field."""
    if stage not in policy.stages:
        raise Invalid(f"{stage!r} is not a stage of this company's sales: {', '.join(policy.stages)}", field="stage")
    return stage
