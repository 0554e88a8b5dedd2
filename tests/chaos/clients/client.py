"""What every client of a run has: a thread, its own chance, ways to ask, and an end that lets what is under way come to its own."""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from tests.chaos.clients.asking import ROUTES, Caller
from tests.chaos.clients.operations import ACKNOWLEDGED, UNKNOWN, Ask, OperationLog
from tests.chaos.clients.people import token
from tests.chaos.clients.publishing import Outgoing, Publisher
from tests.chaos.world import World

TRIES = 4
"""Tries of a record of which it is not known whether the broker has it; all under one id."""


class Client(threading.Thread, ABC):
    """Acts again and again until it is told to stop. `draw`: its own stream of chance; an action draws before it asks."""

    pause = 0.1
    murmur2 = True

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(name=name, daemon=True)
        self.world, self.log = world, log
        self.draw = random.Random(f"{world.seed}:client {name}")
        self.publisher = Publisher(world, name, log, murmur2=self.murmur2)
        self.caller = Caller(world, name, log, random.Random(f"{world.seed}:instances of {name}"))
        self.over = threading.Event()
        self.failure: BaseException | None = None
        self._asked = 0
        self._hurried_until = 0.0

    def run(self) -> None:
        """Act until the end; a fault of the client's own is kept, to be raised where it is stopped."""
        try:
            while not self.over.wait(self._pause()):
                self.act()
        except BaseException as error:
            self.failure = error
        finally:
            self.caller.close()

    def _pause(self) -> float:
        pause = self.draw.uniform(0, 2 * self.pause)
        return 0.0 if time.monotonic() < self._hurried_until else pause

    def hurry(self, seconds: float) -> None:
        """Act without pausing for so long."""
        self._hurried_until = time.monotonic() + seconds

    @abstractmethod
    def act(self) -> None:
        """Do the next thing."""

    def stop(self) -> None:
        """Begin nothing more."""
        self.over.set()
        self.caller.stopping = True

    # ---- asking -----------------------------------------------------------------------------------------------

    def next_id(self) -> str:
        """The id of the client's next operation."""
        self._asked += 1
        return f"{self.name}.{self._asked}"

    def ask(self, ask: Ask, *, over_http: float = 0.4) -> None:
        """Ask over HTTP with this probability, else on the topic; now and then the same once more, or another under the same key."""
        http, again, id_ = self.draw.random() < over_http and ask.name in ROUTES, self.draw.random() < 0.08, self.next_id()
        other = replace(ask, body={**ask.body, "product": f"{id_}-other"}) if self.draw.random() < 0.1 and ask.name == "SetTerms" else None
        for _ in range(1 + again):
            if not http:
                self.publish([self.record(ask, id_)])
            elif self.caller.ask(ask, id_) == ACKNOWLEDGED and other:
                self.caller.ask(other, id_)

    def record(self, ask: Ask, id_: str) -> Outgoing:
        """The command as a record."""
        extra = [("authorization", token(self.world, ask.who).encode())] if ask.who else []
        return Outgoing.event(f"{ask.service}.commands", ask.key, ask.type, ask.value().encode(), id_, f"/chaos/{self.name}", *extra)

    def publish(self, records: Sequence[Outgoing]) -> list[Outgoing]:
        """Publish, and publish again what may not have arrived; returns those that still may not have."""
        left = list(records)
        for _ in range(TRIES):
            if not left:
                break
            told = self.publisher.publish(left)
            left = [record for record, word in zip(left, told, strict=True) if word == UNKNOWN]
            if self.over.is_set():
                break
        return left

    def publish_once(self, record: Outgoing) -> bool:
        """Publish; whether the broker has it for certain, and as its only copy."""
        return self.publisher.publish([record]) == [ACKNOWLEDGED]
