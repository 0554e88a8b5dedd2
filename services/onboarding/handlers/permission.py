"""Which handover a command is about, and whether the caller's roles let it."""

from collections.abc import Collection

from chassis.context import Context
from services.onboarding.domain import Handover, HandoverUnknown, RoleNotAllowed
from services.onboarding.policy import OnboardingPolicy


def known(handover: Handover | None, deal_id: str) -> Handover:
    """The handover. Raises: HandoverUnknown."""
    if handover is None:
        raise HandoverUnknown(f"no handover was prepared or opened for the deal {deal_id!r}", field="deal_id")
    return handover


def permit(context: Context[OnboardingPolicy], roles: Collection[str]) -> None:
    """Let the caller pass if their token has one of the roles. A command that comes without a token is taken as its source claims.

    Raises:
        RoleNotAllowed: the token has none of them.
    """
    actor = context.actor
    if actor.verified and actor.roles.isdisjoint(context.policy.operators.union(roles)):
        raise RoleNotAllowed(f"this needs one of the roles {', '.join(sorted(roles))}")


def acts_as(context: Context[OnboardingPolicy], role: str) -> None:
    """Let the caller act in a role that their token gives them; without a token the role is claimed.

    Raises:
        RoleNotAllowed: the token does not give it.
    """
    actor = context.actor
    if actor.verified and actor.roles.isdisjoint(context.policy.operators | {role}):
        raise RoleNotAllowed(f"{role!r} is not one of the roles of your token", field="role")
