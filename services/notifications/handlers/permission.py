"""Who may do what: roles of the token against the policy, and inboxes against the directory."""

from chassis.context import Context
from chassis.decision import Actor, Forbidden
from chassis.tokens import OPERATOR
from services.notifications.domain import Directory, NotYourInbox
from services.notifications.policy import NotificationsPolicy


def permit(context: Context[NotificationsPolicy], roles: frozenset[str]) -> None:
    """Let the caller pass if their token has one of the roles. A command that comes without a token is taken as its source claims.

    Raises:
        Forbidden: the token has none of them.
    """
    if context.actor.verified and not context.actor.roles & (roles | {OPERATOR}):
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(roles | {OPERATOR}))}")


def permit_inbox(actor: Actor, recipient_id: str, directory: Directory) -> None:
    """Let the caller pass if the inbox is theirs, or their department's.

    Raises:
        NotYourInbox: it is somebody else's.
    """
    if not (actor.verified and (OPERATOR in actor.roles or directory.may_read(actor.id, recipient_id))):
        raise NotYourInbox("this inbox is another's: a person's own, their department's, and an operator's any", field="person_id")
