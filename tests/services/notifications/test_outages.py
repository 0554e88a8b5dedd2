"""The database goes away at the worst moment: between the provider's answer and the record."""

import asyncio
import uuid

import pytest

from services.notifications.domain import Status
from stack.embedded import Stack
from tests.services.notifications.mail_servers import Handler, mail_server
from tests.services.notifications.office import an_office, eventually, sending
from tests.services.notifications.running import free_port

pytestmark = pytest.mark.integration


@pytest.mark.requirement("N2")
async def test_what_was_sent_is_recorded_once_the_database_is_back(breakable_stack: Stack) -> None:
    """N2: the only one who knows that the provider took it goes on trying to say so; the e-mail is sent once, and recorded as sent."""
    addresses, prefix = breakable_stack.addresses, f"t{uuid.uuid4().hex[:10]}"
    async with an_office(addresses, prefix, smtp_port=free_port(), smtp_timeout=10, mail_lease=30) as office:
        await office.record_dana()
        email_id = await office.queue()
        async with mail_server(handler := Handler(slow=1.0), office.mail.smtp_port), sending(office):
            await handler.reached.wait()
            await asyncio.to_thread(breakable_stack.mongo.kill)
            await asyncio.to_thread(breakable_stack.mongo.start)

            async def recorded() -> bool:
                return (await office.email(email_id)).status is Status.SENT

            await eventually(recorded, within=60)
        assert len(handler.taken) == 1
        assert await office.published() == ["NotificationSent"]
