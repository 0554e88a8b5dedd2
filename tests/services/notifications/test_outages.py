"""The database goes away at the worst moment: between the provider's answer and the record."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from services.notifications.domain import Status
from stack.addresses import Addresses
from stack.mongo import MongoReplicaSet
from tests.delivery.instances import free_port
from tests.delivery.waiting import until
from tests.services.notifications.mail_servers import Handler, mail_server
from tests.services.notifications.office import an_office, sending

pytestmark = pytest.mark.integration


@pytest.mark.requirement("N2")
async def test_what_was_sent_is_recorded_once_the_database_is_back(stack_under_test: Addresses, breakable_mongo: MongoReplicaSet) -> None:
    """N2: the only one who knows that the provider took it goes on trying to say so; the e-mail is sent once, and recorded as sent."""
    addresses, prefix = replace(stack_under_test, mongo=breakable_mongo.uri), f"t{uuid.uuid4().hex[:10]}"
    async with an_office(addresses, prefix, smtp_port=free_port(), smtp_timeout=10, mail_lease=30) as office:
        await office.record_dana()
        email_id = await office.queue()
        async with mail_server(handler := Handler(slow=1.0), office.mail.smtp_port), sending(office):
            await handler.reached.wait()
            await asyncio.to_thread(breakable_mongo.kill)
            await asyncio.to_thread(breakable_mongo.start)

            async def recorded() -> bool:
                return (await office.email(email_id)).status is Status.SENT

            await until(recorded)
        assert len(handler.taken) == 1
        assert await office.published() == ["NotificationSent"]
