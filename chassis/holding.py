"""What this instance holds: partitions and lanes of its assignment, what waits in them, and where reading stands."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition

from chassis.crashes import release
from chassis.deployment import Deployment
from chassis.incoming import Record
from chassis.metrics import Metrics
from chassis.mongo import Database
from chassis.part import Lane, Part, Taken
from chassis.reading import fingerprint

log = structlog.get_logger("baton.lanes")
Noted = list[tuple[Part, int, list[Record]]]
"""Records of a poll, each part's with the position that they follow on."""
QUEUED_BYTES = 32 << 20
"""Bytes of records that may wait in memory before no more are asked for."""
EARLY = 0.01
"""Seconds that a wake-up comes after its moment: uvloop counts in milliseconds and may wake one too early, which would be in vain."""


class Holding:
    """The parts and lanes of the present assignment. `subscriber`: FastStream's, set once, whose consumer exists from its start on.

    `wake` is set when something may be flown. `alone`: the relay holds it while it publishes, and a record that goes alone while it is
    worked on, so that neither is blamed for the other. `small_flight`: seconds that a transaction of few records lately took. `lanes` is
    another object in each assignment. Only synchronous code changes `parts` and `lanes`: no await divides a change.
    """

    def __init__(self, deployment: Deployment, database: Database, metrics: Metrics, instance: str) -> None:
        self.deployment, self.database, self.metrics, self.instance = deployment, database, metrics, instance
        self.reader = deployment.reader()
        self.batch = deployment.settings.batch
        self.most = deployment.settings.flights * self.batch  # each takes about 6 KB until it has landed
        self.subscriber: Any = None
        self.lanes: dict[int, Lane] = {}
        self.parts: dict[TopicPartition, Part] = {}
        self.wake = asyncio.Event()
        self.alone = asyncio.Lock()
        self.polled_at = time.monotonic()
        self.small_flight = 0.0

    @property
    def consumer(self) -> Any:
        """aiokafka's consumer; None before the start."""
        return self.subscriber and self.subscriber.consumer

    # ---- assignment -------------------------------------------------------------------------------------------

    def add(self, tp: TopicPartition) -> Part:
        """A partition of a new assignment: paused, and with a position, before anything is awaited."""
        self.consumer.pause(tp)
        self.consumer.seek(tp, 0)  # without a position getmany raises NoOffsetForPartitionError under auto_offset_reset="none"
        part = self.parts[tp] = Part(tp, f"{self.deployment.group}:{tp.topic}:{tp.partition}")
        lane = self.lanes.setdefault(tp.partition, Lane(tp.partition, self.batch))
        lane.parts[tp.topic] = part
        return part

    def holds(self, part: Part) -> bool:
        """Whether the part is of the present assignment."""
        return self.parts.get(part.tp) is part

    def drop_all(self) -> list[Part]:
        """Forget the assignment; returns its parts."""
        parts = list(self.parts.values())
        self.lanes, self.parts = {}, {}
        return parts

    def drop_lane(self, lane: Lane) -> list[Part]:
        """Forget what memory holds of a lane, to take it up again; returns the new parts. Stopped ones stay stopped."""
        if self.lanes.get(lane.number) is not lane:
            return []
        del self.lanes[lane.number]
        fresh = []
        for part in lane.parts.values():
            if part.stopped is None:
                fresh.append(self.add(part.tp))
            else:
                self.lanes.setdefault(lane.number, Lane(lane.number, self.batch)).parts[part.tp.topic] = part
        return fresh

    async def give_back(self, parts: Iterable[Part]) -> None:
        """Say in the database that the parts were given back in order."""
        await release(self.database, [part.fence for part in parts], self.instance)

    def stop(self, part: Part, why: str) -> None:
        """Stop a partition loudly: what the log holds is not what the fence knows, and only a person can say what is right."""
        part.open, part.stopped = False, why
        self.consumer.pause(part.tp)
        self.metrics.stopped.set(sum(p.stopped is not None for p in self.parts.values()))
        log.error("partition stopped", fence=part.fence, why=why, remedy="baton topics adopt")

    @property
    def numbers(self) -> list[int]:
        """The lanes held."""
        return sorted(self.lanes)

    def missing(self) -> list[str]:
        """Topics that lack a partition of a lane held: recreated, or never made. The range assignor gives a lane to one instance whole."""
        return sorted({name for name in self.deployment.subscribed for lane in self.lanes.values() if name not in lane.parts})

    # ---- records in -------------------------------------------------------------------------------------------

    def wanted(self) -> list[TopicPartition]:
        """Partitions to ask for. A full or failing lane is left out rather than paused: pausing throws away what was prefetched."""
        now = time.monotonic()
        self.polled_at = now
        records = sum(len(lane.queue) for lane in self.lanes.values())
        full = records >= self.most or sum(lane.weight for lane in self.lanes.values()) >= QUEUED_BYTES
        return [tp for tp, part in self.parts.items() if part.open and self._has_room(self.lanes[tp.partition], now, full)]

    def rest(self, part: Part, seconds: float, why: str) -> None:
        """Leave the part's lane alone for a while."""
        if self.holds(part):
            lane = self.lanes[part.tp.partition]
            lane.failures += 1
            lane.trouble = why
            self.wake_after(lane, seconds)

    def wake_after(self, lane: Lane, seconds: float) -> None:
        """Work on the lane no earlier than in so many seconds, but then."""
        lane.not_before = time.monotonic() + seconds
        asyncio.get_running_loop().call_later(seconds + EARLY, self.wake.set)

    def _has_room(self, lane: Lane, now: float, full: bool) -> bool:
        """`full`: enough waits in all lanes together; then only a lane with nothing at all is asked for, so that none waits for another."""
        return lane.not_before <= now and (not lane.queue if full else len(lane.queue) < self.batch)

    def note(self, polled: Mapping[TopicPartition, Sequence[Record]]) -> Noted:
        """Right after getmany, with no await between: whose records these are."""
        noted: Noted = []
        for tp, records in polled.items():
            part = self.parts.get(tp)
            if part and part.open and records:
                noted.append((part, part.handed, list(records)))
                part.handed = records[-1].offset + 1
        return noted

    def rewind(self) -> None:
        """After getmany raised: what it had drained from other partitions is lost to us, though their positions moved on."""
        for part in self.parts.values():
            if part.open:
                self.consumer.seek(part.tp, part.at)

    def accept(self, noted: Noted) -> None:
        """Queue what was polled; decoding it, but waiting for nothing."""
        for part, position, records in noted:
            if not self.holds(part) or not part.open:
                continue  # moved since: it will be read again from the fence
            if position != part.queued:  # FastStream goes on after an error of its own, and the fence knows no gap from another
                log.error("records got lost on their way here, reading them again", fence=part.fence, position=part.queued)
                part.handed = part.queued
                self.consumer.seek(part.tp, part.at)
                continue
            part.queued = records[-1].offset + 1
            if part.proof:
                records = self._behind_proof(part, records)
            lane = self.lanes[part.tp.partition]
            lane.add(Taken.of(record, self.reader.read) for record in records)
        self.wake.set()

    def _behind_proof(self, part: Part, records: list[Record]) -> list[Record]:
        """The records behind the one that was committed last; none, and the partition is stopped, if the log has another one there."""
        proof, part.proof = part.proof, None
        assert proof is not None
        record = records[0]
        if record.offset > proof["last"] and self.deployment.subscribed[part.tp.topic].compacted:
            return records  # compaction took it: a newer record of its key stands behind
        if (record.offset, record.timestamp, fingerprint(record)) == (proof["last"], proof["timestamp"], bytes(proof["hash"])):
            return records[1:]
        self.stop(part, f"the record at {record.offset} is not the one before the fence ({proof['last']}): topic recreated or restored")
        return []
