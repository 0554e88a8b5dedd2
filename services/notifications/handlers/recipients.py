"""One recipient: what they are to hear becomes rows by channel; e-mails that can wait are gathered into a digest."""

from datetime import timedelta
from typing import NamedTuple

from chassis.context import Context
from chassis.decision import Change, Decision, Timer
from contracts.message import Message
from contracts.notifications import Audience, DigestDue, MarkRead, NotifyRecipient, SendEmail, SetPreferences
from services.notifications.domain import ROWS, Channel, ChannelUnknown, Recipient, State, Way, content, digest_id, notification_id, row
from services.notifications.handlers.permission import permit_inbox
from services.notifications.policy import Manner, NotificationsPolicy

DIGEST = "digest"
"""The timer's name, and the kind of a digest e-mail."""
AT_ONCE = timedelta(0)


class Delivery(NamedTuple):
    """How one message reaches one recipient. `gather_for`: how long its e-mail may wait."""

    channels: tuple[Channel, ...]
    gather_for: timedelta
    critical: bool


def delivery(recipient: Recipient, message: NotifyRecipient, policy: NotificationsPolicy) -> Delivery:
    """Channels and patience: the recipient's choice, else the policy's default; critical ones go at once, on the policy's channels too."""
    if message.audience is Audience.CUSTOMER:
        return Delivery((Channel.EMAIL,), AT_ONCE, critical=False)
    manner = manner_of(message.audience, policy)
    channels = manner.channels if recipient.channels is None else recipient.channels
    if message.kind in policy.critical:
        return Delivery(tuple(dict.fromkeys((*channels, *policy.critical_channels))), AT_ONCE, critical=True)
    return Delivery(channels, recipient.period(manner.digest_every), critical=False)


def manner_of(audience: Audience, policy: NotificationsPolicy) -> Manner:
    """The policy's default for a kind of recipient."""
    return policy.department if audience is Audience.DEPARTMENT else policy.colleague


def notify_recipient(recipient: Recipient | None, message: NotifyRecipient, context: Context[NotificationsPolicy]) -> Decision[Recipient]:
    """A row for each channel; the e-mail goes at once or waits for the digest, for which the first one sets the timer."""
    recipient = recipient or Recipient(recipient_id=message.recipient_id)
    how = delivery(recipient, message, context.policy)
    ways = [_way(recipient, message, channel, how) for channel in how.channels] or [Way(Channel.NONE, State.MUTED)]
    common = content(message, context.now, context.policy.keep_for, how.critical)
    rows = [row(message, way, common) for way in ways]
    events: list[Message] = [_at_once(message, way.email) for way in ways if way.state is State.QUEUED and way.email]
    if not any(way.state is State.WAITING for way in ways):
        return Decision(recipient, events=events, rows=rows)
    gathering = recipient.gather(context.now + how.gather_for)
    return Decision(gathering, events=events, rows=rows, timers=[] if gathering is recipient else [_timer(gathering)])


def send_digest(recipient: Recipient | None, due: DigestDue, context: Context[NotificationsPolicy]) -> Decision[Recipient] | None:
    """What has gathered goes out as one e-mail; the next digest begins."""
    if recipient is None or recipient.digest != due.digest or recipient.digest_due_at is None:
        return None
    return _closed(recipient)


def set_preferences(
    recipient: Recipient | None, command: SetPreferences, context: Context[NotificationsPolicy]
) -> Decision[Recipient] | None:
    """Channels and digests as chosen; who wants e-mails at once gets what has gathered at once.

    Raises:
        NotYourInbox: they are another's preferences.
        ChannelUnknown: a channel does not exist.
    """
    permit_inbox(context.actor, command.person_id, context.reference)
    known = {channel.value for channel in Channel} - {Channel.NONE.value}
    if unknown := sorted(set(command.channels or ()) - known):
        raise ChannelUnknown(f"{', '.join(unknown)}: the channels are {', '.join(sorted(known))}", field="channels")
    before = recipient or Recipient(recipient_id=command.person_id)
    channels = None if command.channels is None else tuple(Channel(channel) for channel in dict.fromkeys(command.channels))
    after = before.choose(channels, command.digest_every_minutes)
    if after == recipient:
        return None
    if after.digest_due_at is None:
        return Decision(after)
    if after.digest_every_minutes == 0:
        return _closed(after)
    sooner = after.gather(context.now + timedelta(minutes=after.digest_every_minutes)) if after.digest_every_minutes else after
    return Decision(sooner, timers=[] if sooner.digest_due_at == after.digest_due_at else [_timer(sooner)])


def mark_read(recipient: Recipient | None, command: MarkRead, context: Context[NotificationsPolicy]) -> Decision[Recipient] | None:
    """Notifications of the inbox are read from now on; without ids, all that were there when it was asked.

    Raises:
        NotYourInbox: it is another's inbox.
    """
    permit_inbox(context.actor, command.person_id, context.reference)
    if recipient is None:
        return None
    where = {"recipient": command.person_id, "channel": Channel.INBOX.value, "read_at": None, "created_at": {"$lte": context.now}}
    some = {"_id": {"$in": list(command.notification_ids)}} if command.notification_ids else {}
    return Decision(recipient, changes=[Change(ROWS, {**where, **some}, {"read_at": context.now})])


def _way(recipient: Recipient, message: NotifyRecipient, channel: Channel, how: Delivery) -> Way:
    if channel is Channel.INBOX:
        return Way(channel, State.DELIVERED)
    if how.gather_for == AT_ONCE:
        return Way(channel, State.QUEUED, email=notification_id(message, channel))
    return Way(channel, State.WAITING, email=digest_id(recipient.recipient_id, recipient.digest), digest=recipient.digest)


def _at_once(message: NotifyRecipient, email_id: str) -> SendEmail:
    return SendEmail(
        email_id=email_id, recipient_id=message.recipient_id, audience=message.audience, kind=message.kind, about=message.about
    )


def _timer(recipient: Recipient) -> Timer:
    assert recipient.digest_due_at is not None
    return Timer(DIGEST, DigestDue(recipient_id=recipient.recipient_id, digest=recipient.digest), recipient.digest_due_at)


def _closed(recipient: Recipient) -> Decision[Recipient]:
    email_id = digest_id(recipient.recipient_id, recipient.digest)
    waiting = {"email": email_id, "state": State.WAITING.value}
    return Decision(
        recipient.close_digest(),
        events=[_digest_email(recipient, email_id)],
        cancel=[DIGEST],
        changes=[Change(ROWS, waiting, {"state": State.QUEUED.value})],
    )


def _digest_email(recipient: Recipient, email_id: str) -> SendEmail:
    audience = Audience.DEPARTMENT if recipient.recipient_id.startswith("department:") else Audience.COLLEAGUE
    return SendEmail(email_id=email_id, recipient_id=recipient.recipient_id, audience=audience, kind=DIGEST, digest=recipient.digest)
