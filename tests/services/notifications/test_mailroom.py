"""E-mails on a real database through real SMTP servers that work, refuse, hang and die: what is recorded agrees with what is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chassis.ending import end
from contracts.notifications import Audience, DigestDue, NotifyRecipient, SendEmail
from services.notifications.domain import Email, ResendEmail, Status, digest_id
from services.notifications.policy import Retrying
from services.notifications.store import emails
from tests.deciding import verified
from tests.delivery.waiting import until
from tests.services.notifications.given import POLICY, a_message
from tests.services.notifications.mail_servers import Handler, mail_server
from tests.services.notifications.office import Office, becomes, sending

pytestmark = pytest.mark.integration
QUICK = Retrying.model_validate({"at_most": 2, "first_after": "0.1s", "longest": "0.2s"})


@pytest.mark.requirement("N1")
@pytest.mark.requirement("N2")
async def test_an_e_mail_is_sent_once_and_every_record_says_so(office: Office) -> None:
    """N2: the provider gets it once; the e-mail, its notification and the published event agree."""
    email_id = await office.queue()
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office), sending(office):
        await becomes(office, email_id, Status.SENT)
    (mail,) = handler.taken
    assert mail["To"] == "Dana Reyes <dana@baton.example>"
    assert mail["Message-ID"] == f"<{email_id}@localhost>"
    assert mail["Subject"] == "Unhappy customer: Acme Corporation,"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Acme Corporation" in body.get_content()
    assert (await office.row(email_id))["state"] == "sent"
    assert await office.published() == ["NotificationSent"]


@pytest.mark.requirement("N2")
async def test_many_e_mails_and_two_senders_send_each_once(office: Office) -> None:
    """N2: a claim is one sender's; two at work at once never send the same e-mail."""
    ids = [await office.queue(f"event-{number}") for number in range(30)]
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office), sending(office):
        for email_id in ids:
            await becomes(office, email_id, Status.SENT)
    assert sorted(mail["Message-ID"] for mail in handler.taken) == sorted(f"<{email_id}@localhost>" for email_id in ids)


@pytest.mark.requirement("N2")
async def test_a_provider_that_hangs_after_the_message_leaves_it_uncertain_until_a_person_decides(office: Office) -> None:
    """N2: accepted but not answered is recorded as uncertain and never sent again by itself; a named person may."""
    email_id = await office.queue()
    async with mail_server(handler := Handler(hang=True), office.mail.smtp_port), sending(office):
        await becomes(office, email_id, Status.UNCERTAIN)
        looked = datetime.now(UTC)
        await until(lambda: passed(looked + timedelta(seconds=2 * office.mail.mail_lease)))
    assert handler.offered == 1
    assert (await office.row(email_id))["state"] == "uncertain"
    assert await office.published() == ["NotificationUncertain"]
    await office.take(ResendEmail(email_id=email_id), actor=verified("ops", "operator"))
    assert (await office.row(email_id))["state"] == "queued"
    async with mail_server(again := Handler(), office.mail.smtp_port), sending(office):
        sent = await becomes(office, email_id, Status.SENT)
    assert (sent.resent_by, sent.attempt) == ("ops", 2)
    assert [mail["Message-ID"] for mail in again.taken] == [f"<{email_id}@localhost>"]


@pytest.mark.requirement("N2")
async def test_a_sender_that_died_after_the_hand_over_leaves_it_uncertain(office: Office) -> None:
    """N2: between the hand-over and the record nobody knows; the lease lapses, and another instance says so without sending."""
    email_id = await office.queue()
    claimed = await claim(office)
    assert await emails.hand_over(office.db, claimed, datetime.now(UTC) + timedelta(seconds=0.2))
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office):
        await becomes(office, email_id, Status.UNCERTAIN)
    assert handler.offered == 0
    assert await office.published() == ["NotificationUncertain"]


@pytest.mark.requirement("N2")
async def test_a_sender_that_died_before_the_hand_over_has_sent_nothing_and_another_does(office: Office) -> None:
    """N2: until the hand-over it is certain that nobody took it, so the next sends it; the dead one is fenced out."""
    email_id = await office.queue()
    dead = await claim(office, lease=0.1)
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office):
        sent = await becomes(office, email_id, Status.SENT)
    assert sent.attempt == dead.attempt + 1
    assert len(handler.taken) == 1
    assert not await emails.hand_over(office.db, dead, datetime.now(UTC) + timedelta(seconds=60))


@pytest.mark.requirement("N2")
async def test_a_refused_e_mail_fails_with_the_providers_code(office: Office) -> None:
    email_id = await office.queue()
    async with mail_server(Handler(at_rcpt="550 no such user dana@baton.example"), office.mail.smtp_port), sending(office):
        failed = await becomes(office, email_id, Status.FAILED)
    assert failed.reason == "SMTP 550"
    row = await office.row(email_id)
    assert (row["state"], row["reason"]) == ("failed", "SMTP 550")
    assert await office.published() == ["NotificationFailed"]


@pytest.mark.requirement("N2")
async def test_a_provider_that_is_away_for_a_while_gets_it_later(office: Office) -> None:
    """N2: what certainly nobody took is tried again, and arrives once."""
    _hurry(office, at_most=1000)
    email_id = await office.queue()
    async with sending(office):

        async def put_off() -> bool:
            return (await office.email(email_id)).refusals >= 2

        await until(put_off)
        async with mail_server(handler := Handler(), office.mail.smtp_port):
            await becomes(office, email_id, Status.SENT)
    assert len(handler.taken) == 1


@pytest.mark.requirement("N2")
async def test_an_e_mail_put_off_too_often_fails(office: Office) -> None:
    _hurry(office)
    email_id = await office.queue()
    async with mail_server(handler := Handler(at_data="451 not now"), office.mail.smtp_port), sending(office):
        failed = await becomes(office, email_id, Status.FAILED)
    assert (failed.reason, handler.offered) == ("put off too often: SMTP 451", 3)


async def test_a_recipient_without_an_address_fails_and_one_who_is_not_known_yet_is_waited_for(office: Office) -> None:
    _hurry(office, at_most=1000)
    await office.record_dana(email=None)
    nobody, later = await office.queue("event-1"), await office.queue("event-2", recipient="fay")
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office):
        failed = await becomes(office, nobody, Status.FAILED)
        assert failed.reason == "the recipient has no address"
        await office.db.colleagues.insert_one(await _copied_from_dana(office, "fay", "fay@baton.example"))
        await becomes(office, later, Status.SENT)
    assert [mail["To"] for mail in handler.taken] == ["Dana Reyes <fay@baton.example>"]


@pytest.mark.requirement("N1")
async def test_a_digest_is_one_e_mail_to_the_departments_mailbox(office: Office) -> None:
    """N1: what has gathered goes out as one e-mail; each of its notifications is sent with it."""
    finance = {"audience": Audience.DEPARTMENT, "recipient": "department:finance"}
    for number in range(40):
        message: NotifyRecipient = a_message(f"event-{number}", **finance)
        await office.take(message)
    await office.take(DigestDue(recipient_id="department:finance", digest=1))
    email_id = digest_id("department:finance", 1)
    send = SendEmail(email_id=email_id, recipient_id="department:finance", audience=Audience.DEPARTMENT, kind="digest", digest=1)
    await office.take(send)
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office):
        await becomes(office, email_id, Status.SENT)
    (mail,) = handler.taken
    assert mail["To"] == "Finance <finance@baton.example>"
    assert mail["Subject"] == "40 things to know"
    states = await office.db.notifications.distinct("state", {"recipient": "department:finance", "channel": "email"})
    assert states == ["sent"]
    assert await office.published() == ["NotificationSent"]


async def test_a_digest_whose_notifications_are_gone_is_dropped(office: Office) -> None:
    await office.take(SendEmail(email_id="empty", recipient_id="dana", audience=Audience.COLLEAGUE, kind="digest", digest=7))
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office):

        async def gone() -> bool:
            return await office.db.emails.find_one({"_id": "empty"}) is None

        await until(gone)
    assert handler.offered == 0


@pytest.mark.requirement("N2")
async def test_a_service_that_stops_records_what_it_is_handing_over(office: Office) -> None:
    """A graceful stop waits for the provider's answer, so that a deployment leaves nothing uncertain."""
    email_id = await office.queue()
    async with mail_server(handler := Handler(slow=0.3), office.mail.smtp_port), sending(office) as task:
        await handler.reached.wait()
        for _ in range(2):  # the end is told again, to tasks that did not hear it
            task.cancel()
            await asyncio.sleep(0.01)
        await end([task])
    assert (await office.email(email_id)).status is Status.SENT


async def test_an_e_mail_of_a_lane_that_another_instance_holds_is_left_to_it(office: Office) -> None:
    await office.queue()
    document = await office.db.emails.find_one()
    assert document is not None
    now = datetime.now(UTC)
    others = frozenset(range(office.settings.partitions)) - {document["lane"]}
    assert await emails.claim(office.db, others, "a", now, now) is None
    assert await emails.claim(office.db, {document["lane"]}, "a", now, now) is not None


async def test_the_database_drops_notifications_at_the_end_of_their_time(office: Office) -> None:
    """Bounded growth: each row says when the server drops it, which is the policy's time after it was made."""
    email_id = await office.queue()
    row = await office.row(email_id)
    assert row["expires_at"] - row["created_at"] == POLICY.keep_for
    indexes = await office.db.notifications.index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


async def claim(office: Office, lease: float = 60) -> Email:
    """What a sender does first."""
    now = datetime.now(UTC)
    claimed = await emails.claim(office.db, office.held, "another instance", now, now + timedelta(seconds=lease))
    assert claimed is not None
    return claimed


async def passed(moment: datetime) -> bool:
    """Whether the moment is over."""
    return datetime.now(UTC) > moment


def _hurry(office: Office, **changed: int) -> None:
    """Retries within tenths of seconds."""
    policy = POLICY.model_copy(update={"retrying": QUICK.model_copy(update=changed)})
    object.__setattr__(office.deployment, "policy", policy)
    office.policy = policy


async def _copied_from_dana(office: Office, person_id: str, email: str) -> dict[str, object]:
    document = await office.db.colleagues.find_one({"_id": "dana"})
    assert document is not None
    return {**document, "_id": person_id, "state": {**document["state"], "person_id": person_id, "email": email}}
