"""What the chassis uses of aiokafka, over the broker of the model: a consumer that is told its partitions, and an idempotent producer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaConnectionError, KafkaTimeoutError, OutOfOrderSequenceNumber

from tests.model.broker import Logged, Unsent
from tests.model.network import Request

EMPTY = 1.0
"""Seconds that an empty poll takes. The chassis asks for less, which would only make histories longer."""


class Consumer:
    """Assignment and positions of one process. A fetch that fails for one partition raises after the positions of others have moved on, as
    aiokafka's does: what was drained from them is gone. Whoever names a partition that is another's gets an error, as there."""

    def __init__(self, world: Any, process: Any) -> None:
        self._world, self._process = world, process
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._waiter: asyncio.Future[None] | None = None
        world.broker.waiters.append(self._wake)

    def _wake(self) -> None:
        if self._process.alive and self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def assigned(self, tps: Sequence[TopicPartition]) -> None:
        """The group has given it these and no others; what was known of earlier ones is forgotten."""
        self._assigned, self._positions, self._paused = frozenset(tps), {}, set()

    def assignment(self) -> frozenset[TopicPartition]:
        """What it has been given."""
        return self._assigned

    def pause(self, *tps: TopicPartition) -> None:
        """Hand nothing of them over."""
        self._demand_assigned(tps)
        self._paused.update(tps)

    def resume(self, *tps: TopicPartition) -> None:
        """Hand them over again."""
        self._demand_assigned(tps)
        self._paused.difference_update(tps)
        self._wake()

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Go on from there."""
        self._demand_assigned([tp])
        self._positions[tp] = offset
        self._wake()

    def _demand_assigned(self, tps: Sequence[TopicPartition]) -> None:
        if strangers := [tp for tp in tps if tp not in self._assigned]:
            raise IllegalStateError(f"No current assignment for partition {strangers[0]}")

    async def beginning_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the logs begin."""
        return dict.fromkeys(tps, 0)

    async def end_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the logs end."""
        network, broker = self._world.network, self._world.broker
        request = Request(self._process, "ends of logs", lambda: {tp: broker.end(tp) for tp in tps}, KafkaConnectionError)
        found: dict[TopicPartition, int] = await network.call(request)
        return found

    async def committed(self, tp: TopicPartition) -> int | None:
        """The group's offset: none, for nothing but a log line hangs on it."""
        return None

    async def getmany(self, *tps: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Logged]]:
        """What there is, or nothing after a while (`EMPTY` in place of `timeout_ms`)."""
        if not self._has_some(tps):
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self._waiter, EMPTY)
            except TimeoutError:
                return {}
            if not self._has_some(tps):
                return {}
        polled: dict[TopicPartition, list[Logged]] = {}

        def fail() -> Exception:
            if polled:
                *_, (culprit, records) = polled.items()
                self._positions[culprit] = records[0].offset
            return KafkaConnectionError()

        several = sum(bool(self._readable(tp)) for tp in tps) > 1
        await self._world.network.call(
            Request(self._process, "fetch", lambda: polled.update(self._drain(tps, max_records)), fail, lasting=several)
        )
        return polled

    def _readable(self, tp: TopicPartition) -> list[Logged]:
        if tp in self._paused or tp not in self._positions:
            return []
        found: list[Logged] = self._world.broker.after(tp, self._positions[tp])
        return found

    def _has_some(self, tps: Sequence[TopicPartition]) -> bool:
        return any(self._readable(tp) for tp in tps)

    def _drain(self, tps: Sequence[TopicPartition], most: int) -> dict[TopicPartition, list[Logged]]:
        polled = {}
        for tp in tps:
            if records := self._readable(tp)[:most]:
                polled[tp] = records
                most -= len(records)
                self._positions[tp] = records[-1].offset + 1
        return polled


@dataclass
class Builder:
    """A producer batch."""

    records: list[Unsent] = field(default_factory=list)

    def append(self, key: bytes | None, value: bytes | None, timestamp: Any, headers: Sequence[tuple[str, bytes]]) -> object:
        """Take one more."""
        self.records.append(Unsent(key, value, headers))
        return self


class Producer:
    """Idempotent: after a batch that failed for good, every later one for that partition is out of sequence, until there is a new producer.

    It belongs to the process in whose loop it is made.
    """

    def __init__(self, **_: Any) -> None:
        self._process = asyncio.get_running_loop().process  # type: ignore[attr-defined]
        self._failed: set[TopicPartition] = set()

    async def start(self) -> None:
        """Find the broker."""
        await self._process.world.network.call(Request(self._process, "start producer", lambda: None, KafkaConnectionError))

    async def stop(self) -> None:
        """Nothing is under way that anybody waits for."""

    def create_batch(self) -> Builder:
        """A batch, which takes anything."""
        return Builder()

    async def send_batch(self, batch: Builder, topic: str, *, partition: int) -> asyncio.Future[None]:
        """Send it; the future is done when the broker has acknowledged it."""
        tp, broker = TopicPartition(topic, partition), self._process.world.broker

        def act() -> None:
            if tp in self._failed:
                raise OutOfOrderSequenceNumber
            broker.append(tp, batch.records, self._process)

        def fail() -> Exception:
            self._failed.add(tp)
            return KafkaTimeoutError()

        request = Request(self._process, f"produce {topic}", act, fail, lasting=True)
        future: asyncio.Future[None] = self._process.world.network.submit(request)
        return future
