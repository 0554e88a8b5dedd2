"""Timers: when one is due by the server's clock, a transaction swaps it for its message, in the outbox of the private topic."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from chassis import headers as names
from chassis.commit import Committer
from chassis.holding import Holding
from chassis.mongo import Conflict, delete, insert, transaction
from chassis.outbox import IDS, Page, Publication
from chassis.relay import Relay
from chassis.tracing import child_of
from contracts.envelope import Envelope

log = structlog.get_logger("baton.timers")
AT_ONCE = 500
"""Timers in one transaction at most."""


class Timers:
    """Fires the timers of the lanes held; the consumer group's assignment is the lease, and the transaction the proof."""

    def __init__(self, holding: Holding, committer: Committer, relay: Relay) -> None:
        self._holding, self._committer, self._relay = holding, committer, relay
        self._database, self._metrics = holding.database, holding.metrics

    async def run(self) -> None:
        """Look and fire for the life of the process."""
        while True:
            try:
                while await self._fire():
                    pass
            except (PyMongoError, Conflict) as error:
                log.info("timers wait", error=repr(error)[:200])
            await asyncio.sleep(self._holding.deployment.settings.timer_look)

    async def _fire(self) -> bool:
        """Fire what is due; True if there may be more that can be fired."""
        lanes = self._holding.numbers
        if not lanes:
            return False
        now: datetime = (await self._database.command("hello", codec_options=self._database.codec_options))["localTime"]
        found = self._database.timers.find({"lane": {"$in": lanes}, "due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=AT_ONCE)
        due = await found.to_list(None)
        if not due:
            return False
        try:
            await self._swap(due)
            fired = due
        except (PyMongoError, Conflict):  # one of them was moved, cancelled or fired meanwhile: each by itself
            fired = [timer for timer in due if await self._swap_one(timer)]
        for timer in fired:
            self._metrics.timers_late.observe(max(0.0, (now - timer["due_at"]).total_seconds()))
        self._relay.wake.set()
        return bool(fired) and len(due) == AT_ONCE

    async def _swap_one(self, timer: dict[str, Any]) -> bool:
        try:
            await self._swap([timer])
        except (PyMongoError, Conflict) as error:
            log.info("timer left for the next look", name=timer["name"], error=repr(error)[:200])
            return False
        return True

    async def _swap(self, due: Sequence[dict[str, Any]]) -> None:
        """Delete these generations and put their messages into the outbox.

        Raises:
            Conflict: one of them is not there any more.
        """
        async with transaction(self._committer.client) as session:
            gone = await delete(self._database, "timers", [{"_id": t["_id"], "generation": t["generation"]} for t in due], session)
            if gone != len(due):
                raise Conflict(f"{len(due) - gone} of {len(due)} timers are not there any more")
            await insert(self._database, "outbox", [d for page in self._pages(due) for d in page.documents()], session)
        self._metrics.timers_fired.inc(len(due))

    def _pages(self, due: Iterable[dict[str, Any]]) -> Iterable[Page]:
        pages: dict[int, Page] = {}
        for timer in due:
            page = pages.setdefault(timer["lane"], Page(timer["lane"], time.time_ns() // 1000))
            page.add(self._message(timer))
        return pages.values()

    def _message(self, timer: dict[str, Any]) -> Publication:
        deployment = self._holding.deployment
        id_ = IDS.id(f"{deployment.source}|{timer['_id']}|{timer['generation']}")
        envelope = Envelope(
            id=id_,
            source=deployment.source,
            type=timer["type"],
            subject=timer["key"],
            time=timer["due_at"],
            dataschema=f"{timer['type']}.json",
            correlation_id=timer["correlation"],
            causation_id=timer["causation"],
            traceparent=child_of(timer["traceparent"], id_),
        )
        headers = envelope.headers()
        headers += [(names.TIMER, timer["name"].encode()), (names.GENERATION, str(timer["generation"]).encode())]
        return Publication(deployment.private_topic, timer["lane"], timer["key"].encode(), timer["value"], headers, timer["key"])
