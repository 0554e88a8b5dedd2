"""An e-mail's life: queued, how each attempt went, sent again by a person, forgotten; its notifications' rows follow it."""

import hashlib
from datetime import timedelta

from chassis.context import Context
from chassis.decision import Change, Decision, Timer
from contracts.message import Event
from contracts.notifications import EmailExpired, NotificationEvent, NotificationFailed, NotificationSent, NotificationUncertain, SendEmail
from services.notifications.domain import (
    RESENDABLE,
    ROWS,
    SETTLED,
    Channel,
    Email,
    EmailUnknown,
    NotResendable,
    RecordAttempt,
    ResendEmail,
    Result,
    State,
    Status,
)
from services.notifications.handlers.permission import permit
from services.notifications.policy import NotificationsPolicy, Retrying

EXPIRE = "expire"
EXHAUSTED = "put off too often"


def queue_email(email: Email | None, message: SendEmail, context: Context[NotificationsPolicy]) -> Decision[Email] | None:
    """An e-mail that is to go out; one that is known already is not queued twice."""
    if email is not None:
        return None
    queued = Email(**message.model_dump(), not_before=context.now, queued_at=context.now, changed_at=context.now)
    return Decision(queued, timers=[_expiry(queued, context)])


def record_attempt(email: Email | None, command: RecordAttempt, context: Context[NotificationsPolicy]) -> Decision[Email] | None:
    """How an attempt went. News of an attempt that has been overtaken changes nothing; late news clears up an uncertain one."""
    if email is None or not email.hears_of(command.attempt):
        return None
    match command.result:
        case Result.SENT:
            return _settled(email.settle(Status.SENT, context.now), _event(NotificationSent, email))
        case Result.REFUSED:
            return _failed(email, context, command.reason or "refused")
        case Result.PUT_OFF:
            return _put_off(email, context, command.reason or "put off")
        case Result.UNKNOWN:
            known = email.status is Status.UNCERTAIN
            return None if known else _settled(email.settle(Status.UNCERTAIN, context.now), _event(NotificationUncertain, email))
        case Result.EMPTY:
            return Decision(None)


def resend_email(email: Email | None, command: ResendEmail, context: Context[NotificationsPolicy]) -> Decision[Email]:
    """Send it again, because a named person says so.

    Raises:
        EmailUnknown: there is none.
        NotResendable: it is on its way, or there.
    """
    by = context.named_person()
    permit(context, context.policy.permissions.resend)
    if email is None:
        raise EmailUnknown("there is no such e-mail", field="notification_id")
    if email.status not in RESENDABLE:
        raise NotResendable(f"the e-mail is {email.status}: only an uncertain or failed one is sent again", field="notification_id")
    return Decision(email.resend(by, context.now), changes=[_rows(email, State.QUEUED, None)])


def forget_email(email: Email | None, expired: EmailExpired, context: Context[NotificationsPolicy]) -> Decision[Email] | None:
    """The record has been kept long enough; one that is still on its way is kept as long again."""
    if email is None:
        return None
    return Decision(None) if email.status in SETTLED else Decision(email, timers=[_expiry(email, context)])


def backoff(retrying: Retrying, refusals: int, email_id: str) -> timedelta:
    """How long to wait after the n-th refusal: doubling, at most `longest`, give or take a quarter so that many do not come back at once.

    The jitter is drawn from the e-mail's id, so that a decision repeated gives the same time.
    """
    base: timedelta = min(retrying.first_after * (1 << min(refusals, 20)), retrying.longest)
    draw = hashlib.sha256(f"{email_id}/{refusals}".encode()).digest()[0] / 255
    return base * (0.75 + draw / 2)


def _put_off(email: Email, context: Context[NotificationsPolicy], reason: str) -> Decision[Email]:
    retrying = context.policy.retrying
    if email.refusals >= retrying.at_most:
        return _failed(email, context, f"{EXHAUSTED}: {reason}")
    until = context.now + backoff(retrying, email.refusals, email.email_id)
    return Decision(email.put_off(until, context.now, reason), changes=[_rows(email, State.QUEUED, reason)])


def _failed(email: Email, context: Context[NotificationsPolicy], reason: str) -> Decision[Email]:
    return _settled(email.settle(Status.FAILED, context.now, reason), _event(NotificationFailed, email, reason=reason))


def _settled(email: Email, event: Event) -> Decision[Email]:
    return Decision(email, events=[event], changes=[_rows(email, State(email.status.value), email.reason)])


def _rows(email: Email, state: State, reason: str | None) -> Change:
    return Change(ROWS, {"email": email.email_id}, {"state": state.value, "reason": reason})


def _event(event: type[NotificationEvent], email: Email, **more: str) -> Event:
    about = {
        "recipient_id": email.recipient_id,
        "notification_id": email.email_id,
        "channel": Channel.EMAIL.value,
        "digest": email.digest,
        "about": email.about,
        "attempt": email.attempt,
    }
    return event.model_validate({**about, **more})


def _expiry(email: Email, context: Context[NotificationsPolicy]) -> Timer:
    return Timer(EXPIRE, EmailExpired(email_id=email.email_id), context.now + context.policy.keep_for)
