"""The loop that sends e-mails: claim, hand over, record; and the round that finds those whose sender went silent."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from jinja2 import TemplateError
from pymongo.errors import PyMongoError

from chassis.decision import Actor
from chassis.mongo import Conflict, Database
from contracts.message import Message
from services.notifications.domain import Email, RecordAttempt, Result
from services.notifications.effects.composing import compose
from services.notifications.effects.smtp import Mailer, Outcome
from services.notifications.policy import NotificationsPolicy
from services.notifications.settings import NotificationsSettings
from services.notifications.store import emails

log = structlog.get_logger("baton.mail")
US = Actor(id="notifications")
TROUBLE = (PyMongoError, Conflict, TimeoutError)
PAUSE = 1.0
"""Seconds between tries while the database does not answer."""
LAST_WORDS = 20.0
"""Seconds that e-mails being handed over get to be recorded when the service stops."""


class Desk(Protocol):
    """What the mail room needs of the running service."""

    db: Database
    policy: NotificationsPolicy
    settings: Any
    instance: str

    @property
    def held(self) -> frozenset[int]:
        """The lanes whose e-mails are this instance's to send."""

    async def execute(self, command: Message, actor: Actor, id: str) -> Any:
        """Run a command through its line."""


async def send_mail(runtime: Any) -> None:
    """Send e-mails for as long as the service runs."""
    await MailRoom(runtime).run()


class MailRoom:
    """Sends the e-mails of the lanes held, some at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings: NotificationsSettings = desk.settings
        self._mailer = Mailer(self._settings)
        self._lease = timedelta(seconds=self._settings.mail_lease)
        self._sending: set[asyncio.Task[None]] = set()
        self._landed = asyncio.Event()

    async def run(self) -> None:
        """Look, send, look again; an outage of the database is waited out. Cancelled, it waits for what is being handed over."""
        try:
            while True:
                try:
                    await self.look()
                except TROUBLE as error:
                    log.warning("the queue of e-mails cannot be read", error=type(error).__name__)
                    await asyncio.sleep(PAUSE)
        finally:
            await self._last_words()

    async def _last_words(self) -> None:
        """Wait for what is being handed over, however often the service is told to end meanwhile; not longer than `LAST_WORDS`."""
        until = time.monotonic() + LAST_WORDS
        while self._sending and (left := until - time.monotonic()) > 0:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(self._sending, timeout=left)

    async def look(self) -> None:
        """One round: those gone silent become uncertain; as many as may fly are claimed; then wait for room, or for the next look."""
        desk, lanes = self._desk, self._desk.held
        self._landed.clear()
        if lanes:
            for email in await emails.silent(desk.db, lanes, datetime.now(UTC)):
                await self._record(email, Outcome(Result.UNKNOWN, "the sender went silent"))
            while len(self._sending) < self._settings.mail_flights and (claimed := await self._claim(lanes)):
                self._fly(claimed)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.mail_look):
                await self._landed.wait()

    async def settle(self) -> None:
        """Wait until nothing is being sent here."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _claim(self, lanes: frozenset[int]) -> Email | None:
        now = datetime.now(UTC)
        return await emails.claim(self._desk.db, lanes, self._desk.instance, now, now + self._lease)

    def _fly(self, email: Email) -> None:
        task = asyncio.create_task(self._send(email), name=f"e-mail {email.email_id}")
        self._sending.add(task)
        task.add_done_callback(self._land)

    def _land(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._landed.set()

    async def _send(self, email: Email) -> None:
        """One attempt. If the database fails before the hand-over, the claim lapses, and the e-mail is claimed anew."""
        try:
            outcome = await self._prepare_and_deliver(email)
        except TROUBLE as error:
            log.warning("an e-mail could not be prepared", email=email.email_id, error=type(error).__name__)
        else:
            if outcome is not None:
                await self._record(email, outcome)

    async def _prepare_and_deliver(self, email: Email) -> Outcome | None:
        try:
            letter = await compose(self._desk.db, email, self._desk.policy, self._settings)
        except (TypeError, ValueError, LookupError, TemplateError) as error:
            log.error("an e-mail could not be written", email=email.email_id, error=type(error).__name__)
            return Outcome(Result.PUT_OFF, f"could not be written: {type(error).__name__}")
        if isinstance(letter, Outcome):
            return letter
        return await self._mailer.deliver(letter.message, letter.address, lambda: self._hand_over(email))

    async def _hand_over(self, email: Email) -> bool:
        return await emails.hand_over(self._desk.db, email, datetime.now(UTC) + self._lease)

    async def _record(self, email: Email, outcome: Outcome) -> None:
        """Record how it went, however long the database is away: nobody else knows."""
        command = RecordAttempt(email_id=email.email_id, attempt=email.attempt, result=outcome.result, reason=outcome.reason)
        while True:
            try:
                await self._desk.execute(command, US, f"{email.email_id}/{email.attempt}/{outcome.result}")
            except TROUBLE as error:
                log.warning("how an e-mail went cannot be recorded yet", email=email.email_id, error=type(error).__name__)
                await asyncio.sleep(PAUSE)
            else:
                log.info("e-mail", email=email.email_id, attempt=email.attempt, result=outcome.result.value, reason=outcome.reason)
                return
