"""What one transaction knows and will write: aggregates, inbox rows, timers, dead letters, rows, and the outbox of each lane."""

import time
from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

from chassis.aggregate import Aggregate
from chassis.decision import Change
from chassis.deployment import Deployment
from chassis.incoming import Incoming
from chassis.mongo import Conflict, Database, Session, delete, encoded_size, insert, insert_missing, replace, update
from chassis.outbox import Page
from chassis.people import PEOPLE
from chassis.reference import bump
from chassis.stored import Broken, Stored, Unreadable
from contracts.people import PersonDetails

DONE, DEAD = "done", "dead"
Place = tuple[str, str]
"""Collection and key of an aggregate."""


class NeedsCare(Exception):
    """The quick way does not do for these messages: an aggregate cannot be encoded as it is left, or a row is there already."""


class SeenBefore(Exception):
    """One of the messages for which the inbox was not asked has a row there."""


class Workspace:
    """Loaded once for a batch, then changed message by message in memory, then written once.

    `now`: microseconds since 1970. `loaded`: the aggregates that are in the database. `broken`: those whose documents cannot be read.
    `inbox`: (digest, outcome) by row id. `changed`: kind and lane of the aggregates to write; `gone`: those to delete. `extra`: encoded
    documents by collection and id.

    An aggregate is encoded once, when everything is decided (ADR 0014), and rows are taken to be new. `careful`: it is encoded after each
    message instead, so that the one to blame for a document that cannot be written is known; and rows that are there are left alone.
    `repeats`: ids of messages that may have come before, for which the inbox is asked; all others are taken to be new, too, until their
    rows are inserted (ADR 0017). None: it is asked for all.
    """

    def __init__(
        self,
        deployment: Deployment,
        database: Database,
        reference: Any = None,
        careful: bool = False,
        repeats: Container[str] | None = None,
    ) -> None:
        self.deployment, self.database, self.reference, self.careful = deployment, database, reference, careful
        self.repeats = repeats
        self.now, self.wall = time.time_ns() // 1000, datetime.now(UTC)
        self.stored: dict[Place, Stored] = {}
        self.loaded: set[Place] = set()
        self.broken: dict[Place, Broken] = {}
        self.inbox: dict[str, tuple[bytes, str]] = {}
        self.changed: dict[Place, tuple[Aggregate[Any], int]] = {}
        self.gone: set[Place] = set()
        self.rows: list[dict[str, Any]] = []
        self.reopened: list[dict[str, Any]] = []
        self.pages: list[Page] = []
        self.letters: list[dict[str, Any]] = []
        self.timers: dict[str, dict[str, Any] | None] = {}
        self.extra: dict[str, dict[str, bytes]] = {}
        self.changes: list[Change] = []
        self.answers: list[dict[str, Any]] = []

    # ---- reading ----------------------------------------------------------------------------------------------

    async def load(self, messages: Iterable[Incoming], session: Session) -> None:
        """Read what the messages need: one find for the inbox, where one of them may be there, and one for each collection.

        Raises:
            Conflict: an aggregate was written by a newer build.
        """
        known = [m for m in messages if m.known and (m.here or m.death)]  # what dies is not forwarded
        wanted = [m for m in known if m.death is None]
        # of dead ones too: they come twice, and are redriven
        ids = {m.inbox_id for m in known if not m.answer_key and (m.redrive or self.repeats is None or m.inbox_id in self.repeats)}
        if ids:
            found = self.database.inbox.find({"_id": {"$in": list(ids)}}, {"h": 1, "r": 1}, session=session, batch_size=len(ids) + 1)
            self.inbox = {row["_id"]: (bytes(row["h"]), row["r"]) for row in await found.to_list(None)}
        keys: dict[str, tuple[Aggregate[Any], set[str]]] = {}
        for m in wanted:
            for kind, key in self._needed(m):
                keys.setdefault(kind.collection, (kind, set()))[1].add(key)
        for kind, some in keys.values():
            await self._load(kind, list(some), session)

    async def _load(self, kind: Aggregate[Any], keys: list[str], session: Session) -> None:
        found = self.database[kind.collection].find({"_id": {"$in": keys}}, session=session, batch_size=len(keys) + 1)
        for document in await found.to_list(None):
            place = kind.collection, document["_id"]
            try:
                self.stored[place] = Stored.read(kind, document)
            except Unreadable as error:  # its own messages' concern, and nobody else's
                applied = document.get("applied")
                self.broken[place] = Broken(str(error), applied if isinstance(applied, int) else None)
        self.loaded |= self.stored.keys()

    def _needed(self, m: Incoming) -> Iterator[tuple[Aggregate[Any], str]]:
        """Kind and key of the aggregates that the message is decided by: its own, and records of people."""
        if m.line and m.line.aggregate:
            yield m.line.aggregate, m.key
        for person in self.mentioned(m):
            for kind in PEOPLE:
                yield kind, person

    def demand_readable(self, m: Incoming) -> None:
        """Make sure that everything the message is decided by could be read.

        Raises:
            Unreadable: something could not.
        """
        if self.broken:
            for kind, key in self._needed(m):
                if broken := self.broken.get((kind.collection, key)):
                    raise Unreadable(broken.why)

    def mentioned(self, m: Incoming) -> set[str]:
        """Ids of the persons whose records the decider may need; a verified caller is always one of them."""
        if m.line is None or m.line.mentions is None or m.body is None:
            return set()
        return {*m.line.mentions(m.body), *([m.actor.id] if m.actor.verified else [])}

    def people(self, m: Incoming) -> dict[str, PersonDetails]:
        """Records of those persons that are known here."""
        known = {}
        for person in self.mentioned(m):
            for kind in PEOPLE:
                stored = self.stored.get((kind.collection, person))
                if stored and isinstance(stored.state, PersonDetails):
                    known[person] = stored.state
        return known

    def page(self, lane: int, messages: Iterable[Incoming], last: int = 0) -> Page:
        """The lane's page of the outbox, positioned behind every aggregate in it and behind `last`: clocks of two machines cannot turn
        round an aggregate's events, nor what is forwarded for it."""
        places = {(m.line.aggregate.collection, m.key) for m in messages if m.line and m.line.aggregate}
        last = max([last, *(self.stored[place].position for place in places if place in self.stored)])
        page = Page(lane, max(self.now, last + 1))
        self.pages.append(page)
        return page

    # ---- writing ----------------------------------------------------------------------------------------------

    def remember(self, m: Incoming, outcome: str) -> None:
        """Enter the message into the inbox; a redriven one turns its row from dead to done. A command over HTTP has its answer instead."""
        if m.answer_key:
            return
        id_ = m.inbox_id
        row = {"_id": id_, "h": m.digest, "r": outcome, "at": self.wall}
        (self.reopened if id_ in self.inbox else self.rows).append(row)
        self.inbox[id_] = (m.digest, outcome)

    async def write(self, session: Session) -> None:
        """Write everything.

        Raises:
            Conflict: another writer was first.
            SeenBefore: a message for which the inbox was not asked has a row there.
            NeedsCare: what a message has made of an aggregate cannot be a document, or a row is there already; never if `careful`.
        """
        database = self.database
        documents = self._encoded()
        if self.rows:
            try:
                await insert(database, "inbox", self.rows, session)
            except Conflict as error:
                if self.repeats is None:
                    raise
                raise SeenBefore from error
        if self.reopened:
            await update(database, "inbox", [{"q": {"_id": r["_id"]}, "u": {"$set": {"r": r["r"]}}} for r in self.reopened], session)
        for collection, some in documents.items():
            new = [RawBSONDocument(raw) for key, raw in some.items() if (collection, key) not in self.loaded]
            await insert(database, collection, new, session)
            await replace(database, collection, {key: raw for key, raw in some.items() if (collection, key) in self.loaded}, session)
        gone: dict[str, list[dict[str, str]]] = {}
        for collection, key in self.gone:
            gone.setdefault(collection, []).append({"_id": key})
        for collection, filters in gone.items():
            await delete(database, collection, filters, session)
        if outbox := [document for page in self.pages for document in page.documents()]:
            await insert(database, "outbox", outbox, session)
        await self._write_rows(session)
        await self._write_timers(session)
        await bump(database, self.deployment.service.reference, {*documents, *gone}, session)

    def _encoded(self) -> dict[str, dict[str, bytes]]:
        """The changed aggregates' documents, by collection and key."""
        found: dict[str, dict[str, bytes]] = {}
        try:
            for (collection, key), (kind, lane) in self.changed.items():
                found.setdefault(collection, {})[key] = self.stored[collection, key].encode(kind, lane)
        except Exception as error:
            raise NeedsCare from error
        return found

    async def _write_rows(self, session: Session) -> None:
        if self.letters:
            await update(self.database, "dead_letters", self.letters, session, size=encoded_size)
        for collection, rows in self.extra.items():
            if self.careful:
                await insert_missing(self.database, collection, rows, session)
                continue
            try:
                await insert(self.database, collection, [RawBSONDocument(raw) for raw in rows.values()], session)
            except Conflict as error:
                raise NeedsCare from error
        for change in self.changes:
            statement = {"q": dict(change.where), "u": {"$set": dict(change.set)}, "multi": True}
            await update(self.database, change.collection, [statement], session)
        if self.answers:
            await insert(self.database, "answers", self.answers, session)

    async def _write_timers(self, session: Session) -> None:
        if cancelled := [id_ for id_, timer in self.timers.items() if timer is None]:
            await delete(self.database, "timers", [{"_id": id_} for id_ in cancelled], session)
        put = {id_: bson.encode(timer) for id_, timer in self.timers.items() if timer is not None}
        if put:
            await replace(self.database, "timers", put, session)
