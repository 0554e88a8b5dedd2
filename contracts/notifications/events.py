"""What the notifications service tells the world: how its e-mails fared, and which commands it refused."""

from typing import Annotated

from pydantic import Field

from contracts.message import Event
from contracts.refusal import CommandRefused
from contracts.topics import NOTIFICATIONS
from contracts.values import Id, Label, Slug


class NotificationEvent(Event, abstract=True):
    """A fact about one e-mail to one recipient.

    `notification_id`: the notification's id, or the digest's own. `digest`: the digest's number among the recipient's; None for an e-mail
    about one event. `about`: the deal of an e-mail about one event. `attempt`: which attempt this tells of, from 1.
    """

    topic = NOTIFICATIONS.events
    key_field = "recipient_id"

    recipient_id: Id
    notification_id: Id
    channel: Slug
    digest: int | None = None
    about: Id | None = None
    attempt: Annotated[int, Field(ge=1)]


class NotificationSent(NotificationEvent):
    """A provider took the notification."""


class NotificationUncertain(NotificationEvent):
    """It is not known whether the provider took the notification; it is not sent again by itself (N2)."""


class NotificationFailed(NotificationEvent):
    """The notification was given up. `reason`: the provider's code or ours, without addresses."""

    reason: Label


class DirectoryCommandRefused(CommandRefused):
    """A command was refused and changed nothing."""

    topic = NOTIFICATIONS.events
    key_field = "subject_id"

    subject_id: Id
