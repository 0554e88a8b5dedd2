"""An e-mail's life: what each end of an attempt means, who may send again, and that news of an overtaken attempt changes nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.decision import Forbidden
from contracts.notifications import Audience, EmailExpired, NotificationFailed, NotificationSent, NotificationUncertain, SendEmail
from services.notifications.domain import Email, EmailUnknown, NotResendable, RecordAttempt, ResendEmail, Result, Status
from services.notifications.handlers import forget_email, queue_email, record_attempt, resend_email
from services.notifications.handlers.emails import backoff
from tests.deciding import NOW, verified
from tests.services.notifications.given import POLICY, an_email, surroundings

OPERATOR = verified("ops", "operator")


def attempt(result: Result, number: int = 1, reason: str | None = None) -> RecordAttempt:
    """How the n-th attempt went."""
    return RecordAttempt(email_id="email-1", attempt=number, result=result, reason=reason)


def sending(**fields: object) -> Email:
    """An e-mail that was handed over in its first attempt."""
    return an_email(**{"status": Status.SENDING, "attempt": 1, **fields})


def test_an_e_mail_is_queued_once_and_forgotten_after_the_policys_time() -> None:
    message = SendEmail(email_id="email-1", recipient_id="dana", audience=Audience.COLLEAGUE, kind="digest", digest=1)
    decision = queue_email(None, message, surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.status is Status.QUEUED
    assert [timer.due_at for timer in decision.timers] == [NOW + POLICY.keep_for]
    assert queue_email(decision.state, message, surroundings()) is None


@pytest.mark.requirement("N2")
def test_a_taken_e_mail_is_sent_and_its_notifications_with_it() -> None:
    decision = record_attempt(sending(), attempt(Result.SENT), surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.status is Status.SENT
    (event,) = decision.events
    assert isinstance(event, NotificationSent)
    assert (event.key, event.notification_id, event.about, event.attempt) == ("dana", "email-1", "deal-1", 1)
    (change,) = decision.changes
    assert (change.where, change.set["state"]) == ({"email": "email-1"}, "sent")


@pytest.mark.requirement("N2")
def test_an_e_mail_whose_end_is_not_known_is_uncertain_and_is_not_queued_again() -> None:
    """N2: a provider that may have taken it is recorded as uncertain, never silently resent."""
    decision = record_attempt(sending(), attempt(Result.UNKNOWN), surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.status is Status.UNCERTAIN
    assert isinstance(decision.events[0], NotificationUncertain)
    assert not decision.timers
    assert record_attempt(decision.state, attempt(Result.UNKNOWN), surroundings()) is None


def test_late_news_from_a_sender_thought_dead_clears_up_an_uncertain_one() -> None:
    decision = record_attempt(sending(status=Status.UNCERTAIN), attempt(Result.SENT), surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.status is Status.SENT


@pytest.mark.requirement("N2")
def test_a_refused_e_mail_has_failed_with_the_providers_code() -> None:
    decision = record_attempt(sending(status=Status.CLAIMED), attempt(Result.REFUSED, reason="SMTP 550"), surroundings())
    assert decision is not None
    (event,) = decision.events
    assert isinstance(event, NotificationFailed)
    assert event.reason == "SMTP 550"
    assert decision.changes[0].set == {"state": "failed", "reason": "SMTP 550"}


@pytest.mark.requirement("N2")
def test_an_e_mail_put_off_is_tried_again_until_the_policys_limit() -> None:
    """N2: retries with backoff and jitter; after the last one it has failed, visibly."""
    email, waits = sending(), []
    for number in range(1, POLICY.retrying.at_most + 1):
        decision = record_attempt(email, attempt(Result.PUT_OFF, number, "SMTP 451"), surroundings())
        assert decision is not None
        assert decision.state is not None
        assert decision.state.status is Status.QUEUED
        assert not decision.events
        waits.append(decision.state.not_before - NOW)
        email = decision.state.model_copy(update={"status": Status.SENDING, "attempt": number + 1})
    assert waits[0] < waits[2] < waits[4]
    last = record_attempt(email, attempt(Result.PUT_OFF, POLICY.retrying.at_most + 1, "SMTP 451"), surroundings())
    assert last is not None
    assert isinstance(last.events[0], NotificationFailed)
    assert last.events[0].reason == "put off too often: SMTP 451"


@given(st.integers(0, 60), st.text(max_size=36))
def test_the_wait_doubles_up_to_the_longest_give_or_take_a_quarter(refusals: int, email_id: str) -> None:
    base = min(timedelta(seconds=30 * 2 ** min(refusals, 20)), POLICY.retrying.longest)
    wait = backoff(POLICY.retrying, refusals, email_id)
    assert 0.75 * base <= wait <= 1.25 * base
    assert wait == backoff(POLICY.retrying, refusals, email_id)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENT, Status.FAILED])
@pytest.mark.parametrize("result", list(Result))
def test_news_of_an_attempt_that_is_over_changes_nothing(status: Status, result: Result) -> None:
    assert record_attempt(sending(status=status), attempt(result), surroundings()) is None


@pytest.mark.parametrize("result", list(Result))
def test_news_of_an_overtaken_attempt_changes_nothing(result: Result) -> None:
    """A sender that was thought dead cannot speak for the attempt that followed it."""
    assert record_attempt(sending(attempt=2), attempt(result, 1), surroundings()) is None
    assert record_attempt(None, attempt(result, 1), surroundings()) is None


def test_an_e_mail_with_nothing_to_say_is_dropped() -> None:
    decision = record_attempt(sending(status=Status.CLAIMED), attempt(Result.EMPTY), surroundings())
    assert decision is not None
    assert decision.state is None
    assert not decision.events


@pytest.mark.requirement("N2")
@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.FAILED])
def test_a_named_person_sends_an_uncertain_or_failed_one_again(status: Status) -> None:
    decision = resend_email(sending(status=status, refusals=5), ResendEmail(email_id="email-1"), surroundings(actor=OPERATOR))
    assert decision.state is not None
    assert (decision.state.status, decision.state.resent_by, decision.state.refusals) == (Status.QUEUED, "ops", 0)
    assert decision.changes[0].set["state"] == "queued"


def test_nobody_in_particular_and_nobody_without_the_role_sends_again() -> None:
    command = ResendEmail(email_id="email-1")
    for actor in (None, verified("rep", "sales_rep")):
        with pytest.raises(Forbidden):
            resend_email(sending(status=Status.UNCERTAIN), command, surroundings(actor=actor))


@pytest.mark.parametrize("status", [Status.QUEUED, Status.CLAIMED, Status.SENDING, Status.SENT])
def test_an_e_mail_that_is_on_its_way_or_there_is_not_sent_again(status: Status) -> None:
    with pytest.raises(NotResendable, match=status):
        resend_email(sending(status=status), ResendEmail(email_id="email-1"), surroundings(actor=OPERATOR))


def test_an_e_mail_that_does_not_exist_is_not_sent_again() -> None:
    with pytest.raises(EmailUnknown):
        resend_email(None, ResendEmail(email_id="email-1"), surroundings(actor=OPERATOR))


def test_a_record_kept_long_enough_goes_and_one_on_its_way_stays() -> None:
    expired = EmailExpired(email_id="email-1")
    gone, kept = (forget_email(sending(status=status), expired, surroundings()) for status in (Status.SENT, Status.QUEUED))
    assert gone is not None
    assert gone.state is None
    assert kept is not None
    assert kept.state is not None
    assert kept.timers
    assert forget_email(None, expired, surroundings()) is None
