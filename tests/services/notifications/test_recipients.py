"""One recipient: rows by channel, digests, preferences, and who may change them."""

from datetime import timedelta

import pytest

from chassis.decision import Decision
from contracts.notifications import Audience, DigestDue, MarkRead, SetPreferences
from services.notifications.domain import Channel, ChannelUnknown, Directory, NotYourInbox, Recipient, digest_id, notification_id
from services.notifications.handlers import mark_read, notify_recipient, send_digest, set_preferences
from tests.deciding import NOW, verified
from tests.services.notifications.given import HOUR, POLICY, a_message, a_recipient, rows, sent, surroundings

HERSELF = verified("dana")


@pytest.mark.requirement("N1")
def test_a_notification_is_in_the_inbox_at_once_and_its_e_mail_waits_for_the_digest() -> None:
    decision = notify_recipient(None, a_message(), surroundings())
    written = rows(decision)
    assert (written["inbox"]["state"], written["inbox"]["read_at"]) == ("delivered", None)
    assert (written["email"]["state"], written["email"]["digest"]) == ("waiting_for_digest", 1)
    assert not sent(decision)
    (timer,) = decision.timers
    assert timer.message == DigestDue(recipient_id="dana", digest=1)
    assert timer.due_at == NOW + POLICY.colleague.digest_every


@pytest.mark.requirement("N1")
def test_many_notifications_are_one_e_mail() -> None:
    """Digests: 4,000 wins are not 4,000 e-mails to one department. The first sets the timer; the others wait along."""
    recipient: Recipient | None = None
    timers = 0
    for number in range(4000):
        message = a_message(f"event-{number}", "department:finance", audience=Audience.DEPARTMENT)
        decision = notify_recipient(recipient, message, surroundings())
        recipient, timers = decision.state, timers + len(decision.timers)
        assert not sent(decision)
    assert timers == 1
    digest = send_digest(recipient, DigestDue(recipient_id="department:finance", digest=1), surroundings())
    (email,) = sent(digest)
    assert (email.kind, email.digest, email.audience) == ("digest", 1, Audience.DEPARTMENT)


def test_a_digest_takes_what_has_gathered_along_and_the_next_begins() -> None:
    before = a_recipient(digest_due_at=NOW)
    decision = send_digest(before, DigestDue(recipient_id="dana", digest=1), surroundings())
    assert decision is not None
    assert decision.state == a_recipient(digest=2)
    (change,) = decision.changes
    assert change.where == {"email": digest_id("dana", 1), "state": "waiting_for_digest"}
    assert change.set == {"state": "queued"}
    assert rows(notify_recipient(decision.state, a_message("event-2"), surroundings()))["email"]["digest"] == 2


@pytest.mark.parametrize("before", [None, a_recipient(), a_recipient(digest=2, digest_due_at=NOW)])
def test_a_digest_that_is_over_or_empty_is_nothing_to_do(before: Recipient | None) -> None:
    assert send_digest(before, DigestDue(recipient_id="dana", digest=1), surroundings()) is None


@pytest.mark.requirement("N1")
def test_a_critical_notification_goes_at_once_whatever_was_chosen() -> None:
    """N1: critical ones pass through digests and muted channels."""
    muted = a_recipient(channels=(), digest_every_minutes=600)
    message = a_message(kind="detractor_raised")
    decision = notify_recipient(muted, message, surroundings())
    assert {row["state"] for row in rows(decision).values()} == {"delivered", "queued"}
    (email,) = sent(decision)
    assert email.email_id == notification_id(message, Channel.EMAIL)
    assert rows(decision)["email"]["email"] == email.email_id


def test_the_customers_people_get_an_e_mail_at_once_and_no_inbox() -> None:
    decision = notify_recipient(None, a_message(recipient="carla", audience=Audience.CUSTOMER, kind="survey_invited"), surroundings())
    assert rows(decision).keys() == {"email"}
    assert len(sent(decision)) == 1


def test_who_wants_to_hear_nothing_has_a_notification_that_says_so() -> None:
    decision = notify_recipient(a_recipient(channels=()), a_message(), surroundings())
    assert [row["state"] for row in rows(decision).values()] == ["muted"]


@pytest.mark.requirement("N1")
def test_a_recipient_chooses_channels_and_digests() -> None:
    chosen = SetPreferences(person_id="dana", channels=("email",), digest_every_minutes=0)
    decision = set_preferences(None, chosen, surroundings(actor=HERSELF))
    assert decision is not None
    told_now = notify_recipient(decision.state, a_message(), surroundings())
    assert rows(told_now).keys() == {"email"}
    assert len(sent(told_now)) == 1
    assert set_preferences(decision.state, chosen, surroundings(actor=HERSELF)) is None


def test_who_wants_e_mails_at_once_gets_what_has_gathered_at_once() -> None:
    waiting = a_recipient(digest_due_at=NOW + HOUR)
    decision = set_preferences(waiting, SetPreferences(person_id="dana", digest_every_minutes=0), surroundings(actor=HERSELF))
    assert len(sent(decision)) == 1
    assert decision is not None
    assert decision.cancel == ["digest"]


def test_a_shorter_digest_moves_the_one_that_is_gathering_and_a_longer_one_does_not() -> None:
    waiting = a_recipient(digest_due_at=NOW + HOUR)
    shorter = set_preferences(waiting, SetPreferences(person_id="dana", digest_every_minutes=5), surroundings(actor=HERSELF))
    longer = set_preferences(waiting, SetPreferences(person_id="dana", digest_every_minutes=600), surroundings(actor=HERSELF))
    assert shorter is not None
    assert [timer.due_at for timer in shorter.timers] == [NOW + timedelta(minutes=5)]
    assert longer is not None
    assert not longer.timers


def test_a_channel_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ChannelUnknown, match="pigeon") as refused:
        set_preferences(None, SetPreferences(person_id="dana", channels=("pigeon",)), surroundings(actor=HERSELF))
    assert refused.value.field == "channels"


def test_an_inbox_is_for_its_person_their_department_and_operators() -> None:
    """Nobody reads, marks or configures another's inbox; a department's is for its colleagues."""
    directory = Directory(departments={"fay": "finance"})
    waiting = a_recipient(recipient_id="department:finance")
    command = MarkRead(person_id="department:finance")
    for actor in (verified("fay"), verified("ops", "operator")):
        assert mark_read(waiting, command, surroundings(directory, actor=actor))
    for stranger in (verified("dana"), None):
        with pytest.raises(NotYourInbox):
            mark_read(waiting, command, surroundings(directory, actor=stranger))
    with pytest.raises(NotYourInbox):
        set_preferences(None, SetPreferences(person_id="dana"), surroundings(actor=verified("fay")))


def test_reading_marks_only_what_was_there() -> None:
    everything = mark_read(a_recipient(), MarkRead(person_id="dana"), surroundings(actor=HERSELF))
    some = mark_read(a_recipient(), MarkRead(person_id="dana", notification_ids=("n-1",)), surroundings(actor=HERSELF))
    where = {"recipient": "dana", "channel": "inbox", "read_at": None, "created_at": {"$lte": NOW}}
    assert _where(everything) == where
    assert _where(some) == {**where, "_id": {"$in": ["n-1"]}}
    assert mark_read(None, MarkRead(person_id="dana"), surroundings(actor=HERSELF)) is None


def _where(decision: Decision[Recipient] | None) -> object:
    assert decision is not None
    (change,) = decision.changes
    return change.where


@pytest.mark.requirement("N2")
def test_events_of_two_sources_with_one_id_are_two_notifications() -> None:
    """Guarantee: ids are unique within their source only (CloudEvents 1.0); neither event's notification swallows the other's."""
    messages = a_message(), a_message(because_of_source="/elsewhere/crm")
    ours, theirs = ({row.id for row in notify_recipient(None, message, surroundings()).rows} for message in messages)
    assert ours.isdisjoint(theirs)
