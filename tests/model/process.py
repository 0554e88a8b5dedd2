"""One instance of the service: the chassis itself, with connections of the model, in a loop of its own."""

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis.commit import Answer, Committer, Work
from chassis.consumer import Barrier, LaneSubscriber
from chassis.decision import Actor
from chassis.flights import Flights
from chassis.holding import Holding
from chassis.metrics import Metrics
from chassis.part import Part
from chassis.relay import Relay
from chassis.runtime import Runtime
from chassis.takeup import TakeUp
from chassis.timers import Timers
from contracts.message import Message
from tests.model.clients import Consumer
from tests.model.driver import Client
from tests.model.loop import ProcessLoop

METRICS = Metrics("model")
FASTSTREAMS_PAUSE = 5.0
"""Seconds before FastStream polls again, after a poll that raised."""
CALLER = Actor("dana", frozenset({"seller"}), verified=True)


class Watched(Committer):
    """The committer; it says beforehand which records the transaction of each fence takes. `spans`: their offsets."""

    spans: dict[str, list[int]]

    async def batch(self, work: Work) -> dict[Part, int]:
        """As the chassis does it."""
        taken: dict[str, list[int]] = {}
        for lane, some in work:
            for record, *_ in some:
                taken.setdefault(lane.parts[record.topic].fence, []).append(record.offset)
        self.spans.update(taken)
        return await super().batch(work)


class Poller:
    """The chassis's own polling, without the rest of FastStream's subscriber."""

    _resting = ()

    def __init__(self, holding: Holding, consumer: Consumer) -> None:
        self.holding, self.consumer, self.linger = holding, consumer, holding.deployment.settings.linger

    def __getattr__(self, name: str) -> Any:
        """A method of the subscriber, as it is now: a planted bug is one too."""
        return getattr(LaneSubscriber, name).__get__(self)


class Process:
    """A running instance. `skew`: seconds that its clock is ahead; `frozen`: it is stopped, and knows nothing of it."""

    def __init__(self, world: Any, name: str, skew: float = 0.0) -> None:
        self.world, self.name, self.skew = world, name, skew
        self.alive, self.frozen = True, False
        self.loop = ProcessLoop(world.clock, self)
        self.background: list[asyncio.Task[Any]] = []
        self.deployment = world.deployment
        self.loop.within(self._start)

    def _start(self) -> None:
        client: Any = Client(self.world.network, self.world.server, self)
        self.committer = Watched(self.deployment, client, METRICS)
        self.committer.spans = {}
        self.holding = Holding(self.deployment, self.committer.database, METRICS, self.name)
        self.takeup = TakeUp(self.holding)
        self.relay = Relay(self.holding)
        self.flights = Flights(self.holding, self.committer, self.relay, self.takeup)
        self.timers = Timers(self.holding, self.committer, self.relay)
        self.holding.subscriber = self.poller = Poller(self.holding, Consumer(self.world, self))
        self.barrier = Barrier(self.holding, self.flights, self.takeup)
        for work in (self.flights.run(), self.relay.run(), self.timers.run(), self._poll()):
            self.background.append(self.loop.create_task(work))

    async def _poll(self) -> None:
        while True:
            try:
                batch = await self.poller.get_msg(self.poller.consumer)
            except KafkaError:  # as FastStream's loop has it
                await asyncio.sleep(FASTSTREAMS_PAUSE)
            else:
                self.holding.accept(batch.noted)

    # ---- what the group tells it ------------------------------------------------------------------------------

    @property
    def lanes(self) -> list[int]:
        """Lanes that it believes to hold."""
        return self.holding.numbers

    def revoke(self) -> asyncio.Task[None] | None:
        """The first half of a rebalance."""
        parts = list(self.holding.parts)
        return self._spawn(self.barrier.on_partitions_revoked(parts)) if parts else None

    def assign(self, lanes: list[int]) -> None:
        """The second half of a rebalance."""
        self._spawn(self._assigned([TopicPartition(name, lane) for name in self.deployment.subscribed for lane in lanes]))

    async def _assigned(self, tps: list[TopicPartition]) -> None:
        self.poller.consumer.assigned(tps)
        await self.barrier.on_partitions_assigned(tps)

    # ---- what a caller asks of it -----------------------------------------------------------------------------

    def execute(self, command: Message, id_: str) -> asyncio.Task[Answer]:
        """A command over HTTP."""
        runtime: Any = self
        return self._spawn(Runtime.execute(runtime, command, CALLER, id_))

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = self.loop.within(self.loop.create_task, work)
        return task

    def die(self) -> None:
        """At once, with everything it knew."""
        self.alive = False
        self.world.network.forget(self)
        self.world.broker.waiters.remove(self.poller.consumer._wake)
        self.loop.kill()
