"""The service on a real database without its consumer: commands and private messages run through their lines, e-mails are sent."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from chassis.bootstrap import make_collections
from chassis.decision import Actor
from chassis.deployment import Deployment
from chassis.ending import end
from chassis.outbox import unbundled
from chassis.people import RecordColleague
from chassis.runtime import Runtime
from chassis.sealing import new_key
from contracts.message import Message
from contracts.notifications import NotifyRecipient, SendEmail
from services.notifications.app import SERVICE
from services.notifications.domain import Channel, Email, Status, notification_id
from services.notifications.effects.mailroom import MailRoom
from services.notifications.settings import NotificationsSettings
from services.notifications.store.emails import find_email
from stack.addresses import Addresses
from tests.delivery.waiting import until
from tests.services.notifications.given import a_message

KEY = "a key for tests, of 32 bytes or more"


class Office(Runtime):
    """A runtime that holds every lane and consumes nothing."""

    @property
    def held(self) -> frozenset[int]:
        """All lanes."""
        return frozenset(range(self.settings.partitions))

    @property
    def mail(self) -> NotificationsSettings:
        """The settings."""
        assert isinstance(self.settings, NotificationsSettings)
        return self.settings

    async def take(self, message: Message, id_: str | None = None, actor: Actor | None = None) -> None:
        """Run a message through its line."""
        answer = await self.execute(message, actor or Actor(id="/tests", verified=False), id_ or uuid.uuid4().hex)
        assert answer.outcome.death is None, answer.outcome.death

    async def record_dana(self, email: str | None = "dana@baton.example") -> None:
        """Dana is a colleague, with or without an address."""
        await self.take(RecordColleague(person_id="dana", name="Dana Reyes", email=email, new_key=new_key()))

    async def queue(self, because_of: str = "event-1", **fields: Any) -> str:
        """A critical notification of Dana's; returns the id of its e-mail, which is queued."""
        message: NotifyRecipient = a_message(because_of, **{"kind": "detractor_raised", **fields})
        await self.take(message)
        email_id = notification_id(message, Channel.EMAIL)
        send = SendEmail(email_id=email_id, recipient_id=message.recipient_id, audience=message.audience, kind=message.kind, about="deal-1")
        await self.take(send)
        return email_id

    async def email(self, email_id: str) -> Email:
        """The e-mail as the database has it."""
        email = await find_email(self.db, email_id)
        assert email is not None
        return email

    async def row(self, email_id: str) -> dict[str, Any]:
        """The notification that the e-mail carries."""
        row: dict[str, Any] | None = await self.db.notifications.find_one({"email": email_id})
        assert row is not None
        return row

    async def published(self) -> list[str]:
        """Types of the notification events in the outbox, in order."""
        names = []
        async for document in self.db.outbox.find().sort("position", 1):
            for record in unbundled(document["records"]):
                kinds = [value.decode() for name, value in record.headers if name == "ce_type"]
                names += [kind.split(".")[1] for kind in kinds if kind.startswith("notifications.Notification")]
        return names


@asynccontextmanager
async def an_office(stack: Addresses, prefix: str, **settings: Any) -> AsyncIterator[Office]:
    """An office with collections and indexes as the bootstrap step makes them."""
    first: dict[str, Any] = {"smtp_timeout": 0.5, "mail_lease": 1.5, "mail_look": 0.02, "smtp_starttls": "never"}
    chosen = NotificationsSettings(kafka=stack.kafka, mongo=stack.mongo, prefix=prefix, jwt_key=SecretStr(KEY), **{**first, **settings})
    office = Office(Deployment.of(SERVICE, chosen))
    try:
        await make_collections(office.db, SERVICE, chosen)
        yield office
    finally:
        await office.client.close()


@asynccontextmanager
async def sending(office: Office) -> AsyncIterator[asyncio.Task[None]]:
    """The mail room at work."""
    task = asyncio.create_task(MailRoom(office).run())
    try:
        yield task
    finally:
        await end([task])


async def becomes(office: Office, email_id: str, *status: Status) -> Email:
    """The e-mail, once it has one of the statuses."""

    async def has() -> bool:
        return (await office.email(email_id)).status in status

    await until(has)
    return await office.email(email_id)
