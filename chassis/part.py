"""One partition of one topic in this assignment, and the lane that it belongs to."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from chassis.crashes import Suspicion
from chassis.incoming import Incoming, Record
from chassis.oversize import size_of

TRANSACTION_BYTES = 8 << 20
"""Bytes of records in one transaction of a lane, after which it takes no further one."""


class Taken(NamedTuple):
    """A record that waits, and what was read of it. `weight`: about how many bytes it takes, headers with it."""

    record: Record
    messages: list[Incoming]
    weight: int

    @classmethod
    def of(cls, record: Record, read: Callable[[Record, int], list[Incoming]]) -> "Taken":
        """The record with its weight, and what `read` makes of both."""
        size = size_of(record)
        return cls(record, read(record, size), size)


@dataclass(eq=False, slots=True)
class Part:
    """`next`: the position that the database has, carried from commit to commit and never read again in this assignment.
    `handed`: the position that the consumer has handed over up to; `queued`: the one up to which that has come into the lane.
    `proof`: the record before the fence, to be seen again first."""

    tp: TopicPartition
    fence: str
    next: int = -1
    handed: int = -1
    queued: int = -1
    proof: dict[str, Any] | None = None
    open: bool = False
    stopped: str | None = None
    suspicion: Suspicion | None = None

    @property
    def at(self) -> int:
        """Where to read from."""
        return int(self.proof["last"]) if self.proof else self.handed


@dataclass(eq=False, slots=True)
class Lane:
    """A partition number over all topics. One transaction at a time works on it.

    `position`: of its last page of the outbox, in this assignment or before it. `limit`: records of its next transaction at most. `weight`:
    bytes that wait. `not_before`, `flown`: moments of the monotonic clock, in seconds.
    """

    number: int
    limit: int
    position: int = 0
    parts: dict[str, Part] = field(default_factory=dict)
    queue: deque[Taken] = field(default_factory=deque)
    weight: int = 0
    busy: bool = False
    failures: int = 0
    not_before: float = 0.0
    flown: float = 0.0
    trouble: str | None = None

    def add(self, some: Iterable[Taken]) -> None:
        """Let these wait behind the others."""
        for taken in some:
            self.queue.append(taken)
            self.weight += taken.weight

    def first(self, most: int) -> list[Taken]:
        """The first `most` that wait, or fewer where they are large; one at least."""
        some: list[Taken] = []
        weight = 0
        for taken in self.queue:
            if len(some) >= most or weight > TRANSACTION_BYTES:
                break
            some.append(taken)
            weight += taken.weight
        return some

    def drop(self, count: int) -> None:
        """The first ones wait no longer."""
        for _ in range(count):
            self.weight -= self.queue.popleft().weight

    def oldest(self) -> dict[str, int]:
        """For each topic with records that wait here, the timestamp of the first (milliseconds since 1970)."""
        found: dict[str, int] = {}
        for taken in self.queue:
            found.setdefault(taken.record.topic, taken.record.timestamp)
        return found

    def ready(self, now: float) -> bool:
        """Whether a transaction could take something from it."""
        return bool(self.queue) and not self.busy and self.not_before <= now

    @property
    def suspected(self) -> bool:
        """Whether it follows a crash, and may hold what killed the process."""
        return any(part.suspicion for part in self.parts.values())

    @property
    def shaky(self) -> bool:
        """Whether it failed lately, or follows a crash, and so goes alone."""
        return self.failures > 0 or self.suspected
