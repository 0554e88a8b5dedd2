"""A notification: what it may be about, the channels it goes by, the states it goes through, its id, and the row that is kept of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from chassis.decision import Row
from contracts.ids import Names
from contracts.notifications import NotifyRecipient

ROWS = "notifications"
"""The collection: one document for each event, recipient and channel."""
IDS = Names("0f6f9a52-3d41-5c07-9a6e-5b1f3ab7c3d8")


class Kind(StrEnum):
    """What a notification is about."""

    DEAL_WON = "deal_won"
    DEAL_REOPENED = "deal_reopened"
    HANDOVER_RETURNED = "handover_returned"
    STEP_COMPLETED = "step_completed"
    STEP_OVERDUE = "step_overdue"
    KICKOFF_OVERDUE = "kickoff_overdue"
    PACKAGE_OVERDUE = "package_overdue"
    DETRACTOR_RAISED = "detractor_raised"
    FOLLOW_UP_OPENED = "follow_up_opened"
    SURVEY_INVITED = "survey_invited"
    SURVEY_REMINDER = "survey_reminder"


class Channel(StrEnum):
    """A way to a recipient. `none`: nobody could be found, or the recipient wants to hear nothing."""

    INBOX = "inbox"
    EMAIL = "email"
    NONE = "none"


class State(StrEnum):
    """Where a notification is."""

    DELIVERED = "delivered"
    WAITING = "waiting_for_digest"
    QUEUED = "queued"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    UNADDRESSED = "unaddressed"
    MUTED = "muted"


TO_LOOK_AT = (State.QUEUED, State.UNCERTAIN, State.FAILED, State.UNADDRESSED)
"""States that somebody asks for; the others are where nearly all notifications are."""


class Way(NamedTuple):
    """How one notification goes: its channel and first state; the e-mail that carries it, and the digest's number, where there is one."""

    channel: Channel
    state: State
    email: str | None = None
    digest: int | None = None


def notification_id(message: NotifyRecipient, channel: Channel) -> str:
    """The id: the same for an event, a recipient and a channel however often they come together, which is what makes it once (N2)."""
    return IDS.id("\n".join((message.because_of_source, message.because_of, message.recipient_id, channel)))


@lru_cache(10_000)
def digest_id(recipient_id: str, number: int) -> str:
    """The id of a recipient's n-th digest e-mail."""
    return IDS.id("\n".join(("digest", recipient_id, str(number))))


def content(message: NotifyRecipient, now: datetime, keep_for: timedelta, critical: bool) -> Mapping[str, Any]:
    """What the rows of one message have in common, whichever way they go. `keep_for`: how long after `now` the server drops them."""
    return {
        "recipient": message.recipient_id,
        "audience": message.audience.value,
        "kind": message.kind,
        "roles": list(message.roles),
        "about": message.about,
        "account_id": message.account_id,
        "critical": critical,
        "substance": message.substance.model_dump(mode="json"),
        "because_of": message.because_of,
        "happened_at": message.happened_at,
        "created_at": now,
        "expires_at": now + keep_for,
        "changed_at": now,
        "reason": None,
        "read_at": None,
    }


def row(message: NotifyRecipient, way: Way, common: Mapping[str, Any]) -> Row:
    """The row of one notification; `common`: the message's `content`."""
    goes = {"channel": way.channel.value, "state": way.state.value, "digest": way.digest, "email": way.email}
    return Row(ROWS, notification_id(message, way.channel), {**common, **goes})
