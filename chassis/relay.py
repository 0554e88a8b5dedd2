"""The relay: publishes the outbox of the lanes that this instance holds, in order, and deletes what the broker has acknowledged."""

import asyncio
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from chassis.holding import Holding
from chassis.mongo import MAJORITY, SNAPSHOT
from chassis.outbox import Publication, bundled, unbundled
from chassis.parking import Parking
from chassis.sending import GIVEN_UP, NotAnswered, Sender, is_final

log = structlog.get_logger("baton.relay")
DOCUMENTS = 8
"""Outbox documents in one look; at 4 MB each they bound what memory holds."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds before what failed is tried again: each time twice as many."""
SILENT_REST = 3
"""How long everything else is published before a partition that did not answer is asked again, of the time that it kept all waiting."""
NOTHING_FAILED = math.inf
STUCK = 200
"""Documents with something that failed, before the rest of the outbox waits with them."""


class Relay:
    """Woken by its own commits; looks by itself for what HTTP on other instances wrote.

    Reads what a majority has: what a step-down could roll back is never published. Such a read goes on showing what was just deleted
    until that delete is on a majority: `_gone` leaves such documents out, or a busy relay would publish everything twice. And it reads as
    of one moment: a find that gives way to writers would see a later commit of an aggregate behind a place where it missed an earlier one.
    Until what failed is tried again, everything else is published past it. `_waiting`: aggregates with a record that failed, and why;
    `_stuck`: the documents that keep their records; `_shut`: lanes with a document that cannot be read, and why; `_silent`: partitions of
    topics that did not answer, and what was met there. `_held`: the lanes that all this is about; of others it is forgotten, for whoever
    held them meanwhile has gone on.
    """

    def __init__(self, holding: Holding) -> None:
        self._holding, self._metrics = holding, holding.metrics
        self._outbox = holding.database.get_collection("outbox", write_concern=MAJORITY, read_concern=SNAPSHOT)
        settings = holding.deployment.settings
        self._sender = Sender(settings.kafka, settings.session_timeout * GIVEN_UP)
        self._parking = Parking(holding.database, holding.metrics)
        self._gone: set[Any] = set()
        self._forget()
        self._deletes: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()

    @property
    def parked(self) -> frozenset[str]:
        """Aggregates with a record that the broker will never take."""
        return self._parking.owners

    def _forget(self) -> None:
        self._waiting: dict[str, BaseException] = {}
        self._stuck: set[Any] = set()
        self._shut: dict[int, BaseException] = {}
        self._silent: dict[tuple[str, int], BaseException] = {}
        self._held: Mapping[int, Any] = self._holding.lanes

    async def run(self) -> None:
        """Publish for the life of the process: what failed, again after a pause that grows; everything else as soon as it is there."""
        clock, look = asyncio.get_running_loop().time, self._holding.deployment.settings.outbox_look
        pause, again = SHORTEST_PAUSE, NOTHING_FAILED
        while True:
            if afresh := clock() >= again:
                again = NOTHING_FAILED
            begun, silent = clock(), 0 if afresh else len(self._silent)
            try:
                error = await self._publish_all(afresh, until=min(again, clock() + pause))
            except Exception as whole:  # no database, no broker: there is nothing else that could be published
                self._count(whole)
                await self._sender.close()
                await asyncio.sleep(pause)
                again, pause = clock(), min(LONGEST_PAUSE, pause * 2)
                continue
            if error:
                self._count(error)
            if error and again == NOTHING_FAILED:
                again, pause = clock() + pause, min(LONGEST_PAUSE, pause * 2)
            elif again == NOTHING_FAILED:
                pause = SHORTEST_PAUSE
            if len(self._silent) > silent:
                again = max(again, clock() + SILENT_REST * (clock() - begun))
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(again, clock() + look)):
                    await self.wake.wait()
            self.wake.clear()

    def _count(self, error: BaseException) -> None:
        log.warning("publishing failed, trying again", error=repr(error)[:300])
        self._metrics.publish_failures.inc()

    async def settled(self) -> None:
        """Wait until no pass is under way, and what was published is deleted: who holds the lanes next would publish it again."""
        async with self._holding.alone:
            pass
        if self._deletes:
            await asyncio.wait(self._deletes)

    async def close(self) -> None:
        """Stop the producer, and wait for deletes under way."""
        if self._deletes:
            await asyncio.wait(self._deletes, timeout=5)
        await self._sender.close()

    async def _publish_all(self, afresh: bool, until: float = NOTHING_FAILED) -> BaseException | None:
        """Publish what there is, past what fails; with `afresh` also what failed before, else past that, too. Returns what failed first of
        that which had not failed yet, if anything did. `until`: the moment of the loop's clock from which on the rest is left to the next
        pass: what failed is not to wait for all of a backlog.

        Raises:
            PyMongoError, KafkaError, TimeoutError: nothing can be published, and what failed before must be tried first.
        """
        if afresh:
            self._forget()
        known, clock = {*self._shut.values(), *self._waiting.values()}, asyncio.get_running_loop().time
        while True:
            async with self._holding.alone:  # else a record that is worked on alone would be blamed for what happens here
                if self._held is not self._holding.lanes:
                    self._forget()
                if len(self._stuck) >= STUCK or not await self._publish():
                    break
            if clock() >= until:
                self.wake.set()  # there is more
                break
        return next((error for error in [*self._shut.values(), *self._waiting.values()] if error not in known), None)

    async def _publish(self) -> bool:
        """Publish the oldest documents of the lanes held. True if there may be more."""
        lanes, held = [lane for lane in self._holding.numbers if lane not in self._shut], self._holding.lanes
        if not lanes:
            return False
        found = await self._look(lanes)
        if await self._parking.look(held, publishing=bool(found)):
            return True
        if not self._stuck and not self._shut:
            self._metrics.outbox_age.set(max(0.0, time.time() - found[0]["position"] / 1e6) if found else 0.0)
        if not found:
            return False
        documents, records = self._unbundled(found)
        owners = self._parking.owners | self._waiting.keys()
        results = iter(await self._send([r for some in records for r in some if r.owner not in owners]))
        left: dict[Any, list[Publication]] = {}
        failed: dict[str, BaseException] = {}
        for document, some in zip(documents, records, strict=True):
            left[document["_id"]] = [r for r in some if r.owner in owners or _failed(r, next(results), failed)]
        self._metrics.published.inc(sum(map(len, records)) - sum(map(len, left.values())))
        await self._settle(documents, left, failed)
        return len(found) == DOCUMENTS or len(documents) < len(found)  # what is written meanwhile wakes the relay

    async def _look(self, lanes: list[int]) -> list[dict[str, Any]]:
        """The first documents of these lanes, at most `DOCUMENTS`, without what is published or stuck."""
        wanted = {"lane": {"$in": lanes}, "_id": {"$nin": [*self._gone, *self._stuck]}}
        found = self._outbox.find(wanted, sort=[("position", 1), ("part", 1)], limit=DOCUMENTS, batch_size=DOCUMENTS + 1)
        return await found.to_list(None)

    def _unbundled(self, found: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[list[Publication]]]:
        """Those documents that can be read, with their records. Behind one that cannot, its lane waits: nobody knows whose it has."""
        documents, records = [], []
        for document in found:
            if document["lane"] in self._shut:
                continue
            try:
                records.append(unbundled(document["records"]))
                documents.append(document)
            except Exception as error:  # whatever the libraries raise over bytes that a newer build, or nobody, has written
                self._shut[document["lane"]] = error.with_traceback(None)
                log.error("outbox document cannot be read, its lane waits", id=str(document["_id"]), lane=document["lane"])
        return documents, records

    async def _send(self, records: Sequence[Publication]) -> list[BaseException | None]:
        """As the sender does it, without what is for a partition that did not answer: each try would keep all others waiting as long."""
        places = [(record.topic, record.partition) for record in records]
        sent = iter(await self._sender.send([r for r, place in zip(records, places, strict=True) if place not in self._silent]))
        results = [self._silent.get(place) or next(sent) for place in places]
        self._silent |= {place: error for place, error in zip(places, results, strict=True) if isinstance(error, NotAnswered)}
        return results

    async def _settle(self, documents: list[dict[str, Any]], left: dict[Any, list[Publication]], failed: dict[str, BaseException]) -> None:
        """Delete what was acknowledged; keep what failed, and what waits behind it; park what the broker will never take."""
        self._delete_behind([id_ for id_, some in left.items() if not some])
        final = {owner: error for owner, error in failed.items() if is_final(error)}
        self._waiting |= {owner: error for owner, error in failed.items() if owner not in final}
        for document in documents:
            if not (some := left[document["_id"]]):
                continue
            parked = [r for r in some if r.owner in final or r.owner in self._parking.owners]
            kept = [r.packed() for r in some if r not in parked]
            if kept:
                self._stuck.add(document["_id"])
            if parked:
                await self._parking.park(document, parked, kept, final)
            elif len(kept) < document["count"]:
                await self._outbox.update_one({"_id": document["_id"]}, {"$set": {"count": len(kept), "records": bundled(kept)}})
        # where another instance has dealt with the document, a refused record may still stand in it, and nothing may pass that
        self._waiting |= {owner: error for owner, error in final.items() if owner not in self._parking.owners}

    def _delete_behind(self, ids: Iterable[Any]) -> None:
        """Delete behind the next look: nobody waits for it. If it fails, the documents are published once more."""
        ids = list(ids)
        if not ids:
            return
        self._gone.update(ids)

        async def delete() -> None:
            try:
                await self._outbox.delete_many({"_id": {"$in": ids}})
            except PyMongoError as error:
                log.warning("published, but not deleted: will be published again", documents=len(ids), error=repr(error)[:200])
            finally:
                self._gone.difference_update(ids)

        task = asyncio.create_task(delete())
        self._deletes.add(task)
        task.add_done_callback(self._deletes.discard)


def _failed(record: Publication, error: BaseException | None, failed: dict[str, BaseException]) -> bool:
    """Whether the record must be published again. A later one of its aggregate that was taken stands on another partition: within one, the
    sender lets nothing pass."""
    if error is not None:
        failed.setdefault(record.owner, error)
    return error is not None
