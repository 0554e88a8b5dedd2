"""The broker of the model: a log for each partition, and nothing that a reader or writer of it could wait for.

A record that is in a log stays there, at its offset; offsets may have gaps, as transaction markers leave them. Producing is one request
for each batch: it is acknowledged, or fails before the broker has it, or after. Consumer groups are the explorer's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from tests.model.loop import EPOCH, Clock


@dataclass(frozen=True)
class Logged:
    """A record in a log, as a consumer hands it over. `timestamp`: milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True)
class Unsent:
    """A record on its way into a log."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Broker:
    """All logs. `stored` is told of every record that one of our producers has brought in; `waiters` of every record."""

    def __init__(self, clock: Clock, stored: Callable[[Any, Logged], None]) -> None:
        self._clock, self._stored = clock, stored
        self.logs: dict[TopicPartition, list[Logged]] = {}
        self._ends: dict[TopicPartition, int] = {}
        self.waiters: list[Callable[[], None]] = []

    def append(self, tp: TopicPartition, records: Sequence[Unsent], producer: Any = None) -> None:
        """Take records in. `producer`: the process of ours that sent them; None for a stranger."""
        for record in records:
            now = int((EPOCH.timestamp() + self._clock.now) * 1000)
            logged = Logged(tp.topic, tp.partition, self.end(tp), now, record.key, record.value, list(record.headers))
            self.logs.setdefault(tp, []).append(logged)
            self._ends[tp] = logged.offset + 1
            if producer is not None:
                self._stored(producer, logged)
        for wake in self.waiters:
            wake()

    def skip(self, tp: TopicPartition) -> None:
        """An offset without a record."""
        self._ends[tp] = self.end(tp) + 1

    def end(self, tp: TopicPartition) -> int:
        """The offset that the next record will have."""
        return self._ends.get(tp, 0)

    def after(self, tp: TopicPartition, position: int) -> list[Logged]:
        """Records from a position on."""
        return [record for record in self.logs.get(tp, ()) if record.offset >= position]

    def topic(self, name: str) -> list[Logged]:
        """All records of a topic, partition by partition."""
        return [record for tp, log in sorted(self.logs.items()) if tp.topic == name for record in log]
