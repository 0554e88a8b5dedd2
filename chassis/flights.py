"""Which transaction flies next, how many side by side, and what happens when one fails."""

import asyncio
import random
import time
from contextlib import nullcontext

import structlog

from chassis.commit import Committer, Fenced, Work
from chassis.crashes import note_flight, take
from chassis.holding import Holding
from chassis.mongo import Conflict, outcome_unknown
from chassis.part import Lane, Part, Taken
from chassis.relay import Relay
from chassis.takeup import TakeUp

log = structlog.get_logger("baton.lanes")
SMALL = 100
"""Fewer waiting records than this share one transaction, and wait while one flies."""
SMALL_BYTES = 256 << 10
"""Fewer than this, besides: few records can be a backlog, too, where they are large."""
SHARE, LONG = 1 / 8, 0.1
"""A small transaction's share of `small_flight`, and the seconds as which a longer one counts: a stall says nothing of the next."""
LONGEST_PAUSE = 2.0
DRAIN = 20.0
"""Seconds that a revocation waits for transactions in flight, and for what is being published."""


class Flights:
    """Transactions in flight: up to `settings.flights` side by side, never two on one lane."""

    def __init__(self, holding: Holding, committer: Committer, relay: Relay, takeup: TakeUp) -> None:
        self._holding, self._committer, self._relay, self._takeup = holding, committer, relay, takeup
        self._most = holding.deployment.settings.flights
        self._flying: set[asyncio.Task[None]] = set()
        self._alone = False

    async def run(self) -> None:
        """Fly whatever waits, for the life of the process."""
        while True:
            await self._holding.wake.wait()
            self._holding.wake.clear()
            while work := self._choose():
                for lane, _ in work:
                    lane.busy, lane.flown = True, time.monotonic()
                task = asyncio.create_task(self._fly(work))
                self._flying.add(task)
                task.add_done_callback(self._flying.discard)

    async def revoke(self) -> None:
        """The barrier: nothing new starts, what flies lands or is abandoned, memory is dropped, what is being published is published, the
        partitions are given back."""
        ends = asyncio.get_running_loop().time() + DRAIN
        parts = self._holding.drop_all()
        if self._flying:
            _, late = await asyncio.wait(self._flying, timeout=DRAIN)
            for task in late:
                task.cancel()
            if late:
                return  # not given back: whoever takes over shall see that something was under way
        try:
            async with asyncio.timeout_at(ends):
                await self._relay.settled()
        except TimeoutError:  # then the next holder publishes some of it once more
            log.warning("given back while something was being published")
        try:
            async with asyncio.timeout(5):
                await self._holding.give_back(parts)
        except Exception as error:  # then the next holder suspects a crash, and goes carefully for a while
            log.warning("could not give the partitions back", error=repr(error)[:200])

    # ---- choosing ---------------------------------------------------------------------------------------------

    def _choose(self) -> Work:
        """The lanes of the next transaction. While one flies and little waits, wait for company (Nagle's rule): at a low rate
        transactions follow each other, at a high one they run side by side."""
        now = time.monotonic()
        ready = sorted((lane for lane in self._holding.lanes.values() if lane.ready(now)), key=lambda lane: lane.flown)
        ready = [lane for lane in ready if not (self._alone and _suspicion_limit(lane) == 1)]
        if not ready or len(self._flying) >= self._most:
            return []
        waiting = sum(len(lane.queue) for lane in ready)
        if self._flying and waiting < SMALL:
            return []
        if shaky := [lane for lane in ready if lane.shaky]:
            return [_prefix(shaky[0], shaky[0].limit)]
        share = min(self._holding.batch, max(SMALL, waiting // (self._most - len(self._flying))))
        work: Work = []
        for lane in ready:
            if share > 0:
                work.append(_prefix(lane, lane.limit))
                share -= len(work[-1][1])
        return work

    # ---- flying -----------------------------------------------------------------------------------------------

    async def _fly(self, work: Work) -> None:
        suspected = [lane for lane, _ in work if lane.suspected]
        alone = any(_suspicion_limit(lane) == 1 for lane in suspected)
        self._alone = self._alone or alone
        try:
            async with self._holding.alone if alone else nullcontext():
                if suspected:
                    await self._write_down(work)
                began = time.monotonic()
                ends = await self._committer.batch(work)
                took = time.monotonic() - began
        except Fenced as error:
            self._take_up_again(work, error)
        except Exception as error:
            if outcome_unknown(error):
                self._take_up_again(work, error)
            else:
                self._back_off(work, error)
        else:
            self._landed(work, ends, took)
            await self._clear_suspicions(suspected)
        finally:
            self._alone = self._alone and not alone
            for lane, _ in work:
                lane.busy = False
            asyncio.get_running_loop().call_soon(self._holding.wake.set)  # after the task has left the set of those flying

    async def _write_down(self, work: Work) -> None:
        for lane, some in work:
            spans: dict[str, list[int]] = {}
            for taken in some:
                spans.setdefault(taken.record.topic, []).append(taken.record.offset)
            for topic, offsets in spans.items():
                part = lane.parts[topic]
                if part.suspicion:  # the lane's other partitions may be above suspicion already
                    await note_flight(
                        self._holding.database, part.fence, part.suspicion, part.next, offsets[-1] + 1, self._holding.instance
                    )

    def _landed(self, work: Work, ends: dict[Part, int], took: float) -> None:
        for part, position in ends.items():
            part.next = position
        if is_small(sum(len(some) for _, some in work), sum(taken.weight for _, some in work for taken in some)):
            self._holding.small_flight += (min(took, LONG) - self._holding.small_flight) * SHARE
        for lane, some in work:
            lane.drop(len(some))
            lane.limit, lane.failures, lane.trouble = min(lane.limit * 2, self._holding.batch), 0, None
        self._relay.wake.set()

    async def _clear_suspicions(self, lanes: list[Lane]) -> None:
        """Where the window is behind, nothing is suspected any more."""
        for part in [part for lane in lanes for part in lane.parts.values()]:
            if part.suspicion and part.suspicion.is_behind(part.next):
                part.suspicion = None
                try:
                    await take(self._holding.database, {part.fence: None}, self._holding.instance)
                except Exception as error:  # the next take-up sees that the window is behind, too
                    log.info("suspicion not cleared", fence=part.fence, error=repr(error)[:200])

    def _take_up_again(self, work: Work, error: Exception) -> None:
        """The chain broke, or the commit may have happened: forget the lanes, and begin again from the database."""
        log.warning("fenced", lanes=[lane.number for lane, _ in work], error=repr(error)[:200])
        self._holding.metrics.fenced.inc()
        for lane, _ in work:
            self._takeup.begin(self._holding.drop_lane(lane))

    def _back_off(self, work: Work, error: Exception) -> None:
        """Transient, or a bug of ours: never a dead letter. Again after a pause, with a shorter prefix and alone."""
        quiet = isinstance(error, Conflict) or "WriteConflict" in repr(error)
        (log.info if quiet else log.warning)("again", lanes=[(lane.number, len(some)) for lane, some in work], error=repr(error)[:300])
        self._holding.metrics.retries.inc()
        for lane, some in work:
            lane.failures += 1
            lane.trouble = repr(error)[:200]
            lane.limit = max(1, min(lane.limit, len(some)) // 2)
            pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE, 0.02 * 2**lane.failures)
            self._holding.wake_after(lane, pause)


def is_small(records: int, size: int) -> bool:
    """Whether so many records, of so many bytes, are worth waiting for company."""
    return records < SMALL and size < SMALL_BYTES


def _suspicion_limit(lane: Lane) -> int:
    return min((part.suspicion.limit for part in lane.parts.values() if part.suspicion), default=1 << 30)


def _prefix(lane: Lane, most: int) -> tuple[Lane, list[Taken]]:
    return lane, lane.first(min(most, _suspicion_limit(lane)))
