"""E-mails whose stored documents cannot be read."""

import asyncio

import pytest

from services.notifications.domain import Status
from services.notifications.policy import Retrying
from tests.services.notifications.mail_servers import Handler, mail_server
from tests.services.notifications.office import Office, becomes, sending

pytestmark = pytest.mark.integration
QUICK = Retrying.model_validate({"at_most": 2, "first_after": "0.1s", "longest": "0.2s"})


@pytest.mark.parametrize("broken", [{"recipient_id": 7}, {"attempt": "often"}, {"attempt": None}, {"queued_at": "yesterday"}], ids=str)
@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING])
async def test_an_e_mail_whose_document_is_broken_keeps_no_other_from_being_sent(
    office: Office, broken: dict[str, object], status: Status
) -> None:
    """Guarantee: the mail room leaves alone what cannot be read, and goes on, whether that waits or was being handed over."""
    bad, good = await office.queue("event-1"), await office.queue("event-2")
    lapsed = {"status": status.value, "lease_until": "2026-01-01T00:00:00Z"}
    await office.db.emails.update_one({"_id": bad}, {"$set": {f"state.{name}": value for name, value in {**lapsed, **broken}.items()}})
    async with mail_server(handler := Handler(), office.mail.smtp_port), sending(office) as room:
        await becomes(office, good, Status.SENT)
        await asyncio.sleep(0.1)
        assert not room.done()
    assert [mail["Message-ID"] for mail in handler.taken] == [f"<{good}@localhost>"]
