"""Live changes of in-app inboxes: one change stream for all that are open here, and a way to catch up from where one left off."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from pymongo.errors import OperationFailure, PyMongoError

from chassis.mongo import Database
from services.notifications.domain import ROWS, Channel

log = structlog.get_logger("baton.inbox")
WAITING = 1000
"""Changes that a slow reader may be behind; then its stream ends, and it comes back with the last id it saw."""
PAUSE = 1.0
LOOK_MS = 500
TOKEN = re.compile(r"[0-9A-F]{16,2000}")


class TooFarBehind(Exception):
    """The changes since that id are no longer on record, or the reader was too slow: it must read the whole inbox again."""


@dataclass(frozen=True)
class InboxChange:
    """A notification came into an inbox, or was read. `token`: its place in the order of all changes; tokens sort as changes happened."""

    token: str
    read: bool
    row: Mapping[str, Any]


@dataclass(eq=False)
class Reader:
    """One open inbox. `recipients`: whose changes it wants."""

    recipients: frozenset[str]
    changes: asyncio.Queue[InboxChange] = field(default_factory=lambda: asyncio.Queue(WAITING))
    lost: bool = False

    def offer(self, change: InboxChange) -> None:
        """Hand on a change, if it is this reader's."""
        if change.row["recipient"] not in self.recipients:
            return
        try:
            self.changes.put_nowait(change)
        except asyncio.QueueFull:
            self.lost = True


class Feed:
    """The change stream of a process. It runs while somebody reads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._open = asyncio.Event()
        self.token = ""

    @property
    def readers(self) -> int:
        """How many inboxes are open."""
        return len(self._readers)

    async def join(self, reader: Reader) -> str:
        """Begin to hand changes to the reader; returns the token after which it misses none."""
        self._readers.add(reader)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="inbox feed")
        await self._open.wait()
        return self.token

    def leave(self, reader: Reader) -> None:
        """Hand it nothing more; the last one out ends the stream."""
        self._readers.discard(reader)
        if not self._readers and self._task:
            self._task.cancel()
            self._task, self._open = None, asyncio.Event()

    async def since(self, token: str, until: str, recipients: frozenset[str]) -> AsyncIterator[InboxChange]:
        """What came into some inboxes after a token and up to another.

        Raises:
            TooFarBehind: the changes since the token are no longer on record, or it is none.
        """
        if not TOKEN.fullmatch(token):
            raise TooFarBehind
        only = [{"$match": {"fullDocument.recipient": {"$in": sorted(recipients)}}}]
        try:
            async with await self._watch(only, token) as stream:
                while (reached := _token(stream)) < until:
                    change = _read(await stream.try_next())
                    if change is not None and change.token <= until:
                        yield change
                    log.debug("catching up", reached=reached)
        except OperationFailure as error:
            raise TooFarBehind from error

    async def _watch(self, more: Sequence[Mapping[str, Any]], token: str | None) -> Any:
        wanted = {"$or": [{"operationType": "insert"}, {"updateDescription.updatedFields.read_at": {"$exists": True}}]}
        pipeline = [{"$match": {"$and": [{"fullDocument.channel": Channel.INBOX.value}, wanted]}}, *more]
        after = {"_data": token} if token else None
        return await self._db[ROWS].watch(pipeline, full_document="updateLookup", resume_after=after, max_await_time_ms=LOOK_MS)

    def _is_wanted(self) -> bool:
        """Whether this is the stream of those who read now; the driver may swallow a cancellation, and an old one must not live on."""
        return asyncio.current_task() is self._task

    async def _run(self) -> None:
        while self._is_wanted():
            try:
                await self._follow()
            except OperationFailure as error:
                log.warning("the feed of inboxes starts anew", error=error.code)
                self.token = ""
                for reader in self._readers:
                    reader.lost = True
            except PyMongoError as error:
                log.warning("the feed of inboxes waits for the database", error=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        async with await self._watch([], self.token or None) as stream:
            while self._is_wanted():
                change = _read(await stream.try_next())
                if change is not None:
                    for reader in self._readers:
                        reader.offer(change)
                self.token = _token(stream)
                self._open.set()


def _token(stream: Any) -> str:
    return str(stream.resume_token["_data"]) if stream.resume_token else ""


def _read(change: Mapping[str, Any] | None) -> InboxChange | None:
    if change is None or change.get("fullDocument") is None:
        return None
    return InboxChange(str(change["_id"]["_data"]), change["operationType"] != "insert", change["fullDocument"])
