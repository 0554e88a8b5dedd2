"""Taking partitions up at an assignment: read the fences, compare them with the log, seek, open."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from pymongo.errors import BulkWriteError, PyMongoError

from chassis.crashes import after_take_up, take
from chassis.holding import Holding
from chassis.part import Part

log = structlog.get_logger("baton.lanes")
STOPPED_LOOK = 2.0
"""Seconds between two looks for partitions that an operator has adopted."""


class TakeUp:
    """Runs beside the rebalance listener, never inside it: no heartbeat is sent while the listener runs, and its errors are swallowed."""

    def __init__(self, holding: Holding) -> None:
        self._holding = holding
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, parts: list[Part]) -> None:
        """Take the parts up in the background; they must be paused, with a position, already."""
        task = asyncio.create_task(self._until_open(parts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def watch_stopped(self) -> None:
        """Open stopped partitions once an operator has adopted what their logs hold, for the life of the process."""
        while True:
            await asyncio.sleep(STOPPED_LOOK)
            stopped = {part.fence: part for part in self._holding.parts.values() if part.stopped}
            try:
                adopted = {"_id": {"$in": list(stopped)}, "adopted": True}
                rows = await self._holding.database.fences.find(adopted).to_list(None) if stopped else []
            except PyMongoError as error:
                log.info("stopped partitions not looked at", error=repr(error)[:200])
                continue
            if again := [stopped[row["_id"]] for row in rows if self._holding.holds(stopped[row["_id"]])]:
                log.warning("adopted by an operator", fences=[part.fence for part in again])
                for part in again:
                    part.stopped = None
                self.begin(again)

    def close(self) -> None:
        """Leave off."""
        for task in self._tasks:
            task.cancel()

    async def _until_open(self, parts: list[Part]) -> None:
        while parts := [part for part in parts if self._holding.holds(part) and not part.open and part.stopped is None]:
            try:
                await self._open(parts)
            except Exception as error:  # the database or the broker is away: the partitions wait, unready, and are tried again
                log.warning("take-up failed, trying again", partitions=len(parts), error=repr(error)[:200])
                await asyncio.sleep(random.uniform(0.2, 1))

    async def _open(self, parts: list[Part]) -> None:
        holding = self._holding
        tps = [part.tp for part in parts]
        begins, ends = await holding.consumer.beginning_offsets(tps), await holding.consumer.end_offsets(tps)
        fences = await self._fences(parts, begins)
        positions = await self._positions({part.tp.partition for part in parts})  # behind the fences: what they let by is in the outbox
        parts = [part for part in parts if holding.holds(part)]  # of others, what is written down is a later assignment's business
        for part in parts:
            fence = fences[part.fence]
            part.suspicion = after_take_up(fence, holding.instance, min(holding.batch, ends[part.tp] - fence["next"]))
            if part.suspicion:
                log.warning(
                    "records under suspicion after a crash", fence=part.fence, times=part.suspicion.times, since=part.suspicion.since
                )
        await take(holding.database, {part.fence: part.suspicion for part in parts}, holding.instance)
        # all at once: a fetch that names a part of them only, and empty ones, would keep the others waiting until the broker answers it
        for part in parts:
            if holding.holds(part):
                lane = holding.lanes[part.tp.partition]
                lane.position = max(lane.position, positions[lane.number])
                self._open_one(part, fences[part.fence], begins[part.tp], ends[part.tp])
        await self._log_reset_offsets(parts)

    async def _fences(self, parts: Sequence[Part], begins: dict[Any, int]) -> dict[str, dict[str, Any]]:
        """The fences' documents; where there is none, reading begins at the beginning of the log."""
        database = self._holding.database
        names = [part.fence for part in parts]
        found = {row["_id"]: row for row in await database.fences.find({"_id": {"$in": names}}).to_list(None)}
        if new := [{"_id": part.fence, "next": begins[part.tp]} for part in parts if part.fence not in found]:
            try:
                await database.fences.insert_many(new, ordered=False)
            except BulkWriteError:  # another instance made some of them meanwhile: theirs hold
                return await self._fences(parts, begins)
            found |= {row["_id"]: row for row in new}
        return found

    async def _positions(self, lanes: Iterable[int]) -> dict[int, int]:
        """By lane, the position of the last document in its outbox; 0 where there is none. What is gone has been published."""
        found = {}
        for lane in lanes:
            last = await self._holding.database.outbox.find({"lane": lane}, {"position": 1}, sort=[("position", -1)], limit=1).to_list(None)
            found[lane] = last[0]["position"] if last else 0
        return found

    def _open_one(self, part: Part, fence: dict[str, Any], begin: int, end: int) -> None:
        """Compare the log with the fence, and open the partition at the fence, or stop it."""
        holding = self._holding
        if begin > fence["next"]:
            holding.stop(part, f"the log starts at {begin}, behind the fence {fence['next']}: records are lost")
        elif end < fence["next"]:
            holding.stop(part, f"the log ends at {end}, before the fence {fence['next']}: topic recreated or restored")
        else:
            part.next = part.handed = part.queued = fence["next"]
            # a log that begins after the last record, but not after the fence, has lost nothing: there is nothing to compare then
            part.proof = fence if fence.get("hash") and fence["last"] >= begin else None
            holding.consumer.seek(part.tp, part.at)
            holding.consumer.resume(part.tp)
            part.open = True

    async def _log_reset_offsets(self, parts: Sequence[Part]) -> None:
        """The group's offsets are for lag tools; whoever resets them should learn that it changed nothing."""
        for part in parts:
            try:
                committed = await self._holding.consumer.committed(part.tp) if self._holding.holds(part) and part.open else None
            except (KafkaError, IllegalStateError):  # it was only for the log
                return
            if committed is not None and committed > part.next:
                log.warning(
                    "the group's offset is ahead of the fence and has no effect", fence=part.fence, offset=committed, next=part.next
                )
            elif committed is not None and committed < part.next - 10 * self._holding.batch:
                log.warning("the group's offset was set back and has no effect", fence=part.fence, offset=committed, next=part.next)
