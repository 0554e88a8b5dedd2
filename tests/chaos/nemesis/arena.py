"""What a fault can reach: the servers, the ways, the slots and the clients of one run."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from stack.kafka import Kafka
from stack.mongo import MongoMember, MongoReplicaSet
from tests.chaos.ground import Ground
from tests.chaos.running import Keeper, Slot

ELECTION, LOOK = 5.0, 0.05
"""Seconds that the members have to elect a primary, and between two looks whether they have."""


class Workload(Protocol):
    """What the nemesis and the runner ask of the clients."""

    def stop(self) -> list[str]:
        """Let operations in flight end; returns what did not come to its end."""

    def burst(self, seconds: float) -> None:
        """Send without pausing for so long; returns at once."""

    def backlog(self, operations: int) -> int:
        """Write so many operations as fast as it goes; returns how many of them were acknowledged."""

    def waiting(self) -> int:
        """How many records wait in the outbox that a backlog goes through."""


class Skipped(Exception):
    """The fault could not be done, for a reason that is no fault of ours; the text says which."""


@dataclass
class Arena:
    """`over`: set when faults are to end. `extras`: makes slots of instances that join a service.

    `wrongs`: what faults showed to be wrong with how instances ended. `deepest`: the most records that waited in an outbox when the broker
    came back to them.
    """

    ground: Ground
    keeper: Keeper
    clients: Workload
    extras: Callable[[str], Iterator[Slot]]
    over: threading.Event = field(default_factory=threading.Event)
    wrongs: list[str] = field(default_factory=list)
    deepest: int = 0
    _claims: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kafka(self) -> Kafka:
        """The broker."""
        return self.ground.stack.kafka

    @property
    def mongo(self) -> MongoReplicaSet:
        """The replica set."""
        return self.ground.stack.mongo

    def slot(self, name: str) -> Slot:
        """A slot by its name."""
        return next(slot for slot in self.keeper.slots if slot.name == name)

    def slots(self, target: str) -> list[Slot]:
        """The slots of a target: one slot, or all of a service."""
        return [slot for slot in self.keeper.slots if target in (slot.name, slot.service)]

    def primary(self) -> MongoMember:
        """The member that is primary, which may be yet to be elected after the fault before.

        Raises:
            Skipped: there is none.
        """
        deadline = time.monotonic() + ELECTION
        while (member := self.mongo.primary()) is None:
            if self.over.is_set() or time.monotonic() > deadline:
                raise Skipped("no member is primary")
            self.last(LOOK)
        return member

    def last(self, seconds: float) -> None:
        """Let the fault go on for so long, or until all faults are to end."""
        self.over.wait(seconds)

    @contextmanager
    def claimed(self, names: tuple[str, ...]) -> Iterator[None]:
        """Hold these names, always taken in the same order.

        Raises:
            Skipped: the faults were to end before they were free.
        """
        with ExitStack() as held:
            for name in sorted(names):
                lock = self._lock_of(name)
                while not lock.acquire(timeout=0.1):
                    if self.over.is_set():
                        raise Skipped(f"{name} was busy until the end")
                held.callback(lock.release)
            if self.over.is_set():
                raise Skipped("the end had come")
            yield

    def _lock_of(self, name: str) -> Any:
        with self._lock:
            return self._claims.setdefault(name, threading.Lock())
