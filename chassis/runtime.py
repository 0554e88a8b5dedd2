"""A service that runs: its connections and its tasks, started and stopped in order."""

import asyncio
import gc
import os
import signal
import uuid
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware

from chassis import broken_connections, offsets
from chassis.commit import Answer, Committer
from chassis.consumer import subscribe
from chassis.decision import Actor
from chassis.deployment import Deployment
from chassis.ending import end
from chassis.flights import Flights
from chassis.health import Health
from chassis.holding import Holding
from chassis.metrics import Metrics
from chassis.mongo import connect
from chassis.reading import from_request
from chassis.relay import Relay
from chassis.takeup import TakeUp
from chassis.timers import Timers
from chassis.topic_check import await_topics
from chassis.tracing import provider
from contracts.message import Message

log = structlog.get_logger("baton.runtime")
METADATA_AGE_MS = 30_000
"""How soon a recreated topic is noticed."""


class Runtime:
    """Everything that one instance of a service has open. `held`: the lanes that it works on now; `stopping`: the end has come."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.settings, self.policy = deployment, deployment.settings, deployment.policy
        self.metrics = Metrics(deployment.service.name)
        self.client = connect(self.settings.mongo)
        self.committer = Committer(deployment, self.client, self.metrics)
        self.db = self.committer.database
        self.instance = uuid.uuid4().hex
        self.stopping = asyncio.Event()
        self.holding = Holding(deployment, self.db, self.metrics, self.instance)
        self.takeup = TakeUp(self.holding)
        self.relay = Relay(self.holding)
        self.flights = Flights(self.holding, self.committer, self.relay, self.takeup)
        self.timers = Timers(self.holding, self.committer, self.relay)
        self.health = Health(self.holding, self.relay, self.client)
        self.broker = self._broker()
        self.subscriber = subscribe(self.broker, self.holding, self.flights, self.takeup)
        self._tasks: list[asyncio.Task[Any]] = []

    def _broker(self) -> KafkaBroker:
        middlewares = []
        if self.settings.otlp_endpoint:
            tracing = provider(self.deployment.service.name, self.settings.otlp_endpoint)
            middlewares.append(KafkaTelemetryMiddleware(tracer_provider=tracing))
        return KafkaBroker(
            self.settings.kafka,
            logger=None,
            apply_types=False,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_AGE_MS,
            client_id=f"{self.deployment.group}-{self.instance[:8]}",
            middlewares=middlewares,
        )

    @property
    def held(self) -> frozenset[int]:
        """The lanes that this instance holds, and is alone to act on."""
        return frozenset(self.holding.lanes)

    async def start(self) -> None:
        """Begin to consume, publish and fire. Waits for nothing: an outage at the start is an outage like any other."""
        self._spawn("health", self.health.run())
        if keys := self.deployment.tokens.keys:
            self._spawn("keys", keys.run())
        self._spawn("flights", self.flights.run())
        self._spawn("relay", self.relay.run())
        self._spawn("timers", self.timers.run())
        self._spawn("consuming", self._consume())
        self._spawn("adoption", self.takeup.watch_stopped())
        for effect in self.deployment.service.effects:
            self._spawn(getattr(effect, "__name__", "effect"), effect(self))
        gc.collect()
        gc.freeze()  # a live batch of models triples garbage collection
        gc.set_threshold(400_000)  # what waits is a hundred containers a record, and no garbage; at 100,000 it costs an eighth of the CPU

    async def _consume(self) -> None:
        """Wait for the broker and for the topics; commands over HTTP are taken meanwhile."""
        if keys := self.deployment.tokens.keys:
            self.health.broker = "nothing is consumed before the keys of tokens are fetched: commands on topics would be refused for good"
            await keys.fetched.wait()
        while True:
            await await_topics(self.settings.kafka, self.deployment.subscribed, self.settings.partitions, self.health)
            try:
                await self.broker.start()
                break
            except KafkaError as error:  # it went away again between the look and the start
                log.warning("the consumer did not start, trying again", error=repr(error)[:200])
                await self.broker.stop()
        self._spawn("client", broken_connections.watch(self.holding.consumer))
        await offsets.run(self.holding)

    def _spawn(self, name: str, work: Any) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_died)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Drain: what flies lands, the partitions are given back; then close. aiokafka calls no listener when it closes."""
        await self.flights.revoke()
        self.takeup.close()
        await end(self._tasks)
        await self.relay.close()
        await self.broker.stop()
        await self.client.close()

    async def execute(self, command: Message, actor: Actor, id: str, source: str | None = None) -> Answer:
        """Run a command of this service through its line, as HTTP does. `id`: the same for a repeat, which changes nothing.

        Raises:
            PyMongoError: the database did not take it.
        """
        line = self.deployment.service.line_for(type(command))
        value = command.model_dump_json().encode()
        source = source or f"{self.deployment.source}/http"
        m = from_request(line, command, actor, id, source, value, self.deployment.lane_of)
        m.answer_key = f"{source}|{line.name}|{id}"
        (answer,) = await self.committer.commands([m])
        self.relay.wake.set()
        return answer


def _died(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical(
            "a background task died; the process ends, and is started again by whoever watches it", task=task.get_name(), error=repr(error)
        )

        os.kill(os.getpid(), signal.SIGTERM)
