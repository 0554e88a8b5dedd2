"""After a small poll: what the partitions' rest brings, on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.fetch import FetchRequest

import chassis.consumer as consumer_module
from chassis.consumer import LaneSubscriber
from chassis.holding import Holding
from chassis.metrics import Metrics
from stack.addresses import Addresses
from tests.chassis.given import a_deployment

pytestmark = pytest.mark.integration
REST = 60.0
"""Seconds; that they are over is what a test says."""


@dataclass
class Reading:
    """Three open partitions, one record of the first of them just polled, and the next poll under way; it rests until `over`."""

    holding: Holding
    producer: AIOKafkaProducer
    topic: str
    over: asyncio.Event
    next: asyncio.Task[Any]

    async def publish(self, partition: int) -> None:
        """One more record, acknowledged."""
        await self.producer.send_and_wait(self.topic, b"{}", partition=partition)


@pytest.fixture
async def reading(stack_under_test: Addresses, prefix: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reading]:
    over, sleep = asyncio.Event(), asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds, *result: over.wait() if seconds == REST else sleep(seconds, *result))
    topic, kafka = f"{prefix}.any", stack_under_test.kafka
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1)])
    await admin.close()
    holding = Holding(a_deployment(), None, Metrics("test"), "this instance")  # type: ignore[arg-type]  # the database is not asked
    subscriber = LaneSubscriber.__new__(LaneSubscriber)  # its polling, without the rest of FastStream's subscriber
    subscriber.holding, subscriber.linger = holding, REST
    async with (
        AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="none") as consumer,
        AIOKafkaProducer(bootstrap_servers=kafka) as producer,
    ):
        holding.subscriber = SimpleNamespace(consumer=consumer)
        partitions = [TopicPartition(topic, number) for number in range(3)]
        consumer.assign(partitions)
        for tp in partitions:
            holding.add(tp).open = True
        consumer.resume(*partitions)
        await producer.send_and_wait(topic, b"{}", partition=0)
        while not await subscriber.get_msg(consumer):
            pass
        made = Reading(holding, producer, topic, over, asyncio.create_task(subscriber.get_msg(consumer)))
        yield made
        made.next.cancel()


async def test_one_fetch_brings_what_came_for_all_partitions_while_they_rested(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: at a low rate a record waits for one rest at most, and one fetch is paid for all of them."""
    client, fetches = reading.holding.consumer._client, []
    send = client.send

    async def counted(node: int, request: Any, **more: Any) -> Any:
        fetches.extend([request] if isinstance(request, FetchRequest) else [])
        return await send(node, request, **more)

    monkeypatch.setattr(client, "send", counted)
    for number in (1, 2, 0):
        await reading.publish(number)
    reading.over.set()
    assert sorted(record.partition for record in await reading.next) == [0, 1, 2]
    assert len(fetches) == 1


async def test_what_was_stopped_or_lost_while_it_rested_is_not_resumed(reading: Reading) -> None:
    """Guarantee: waiting for company starts nothing that something else has stopped, and touches nothing that has gone to another."""
    holding = reading.holding
    stopped, lost, left = sorted(holding.parts)
    holding.stop(holding.parts[stopped], "the log was replaced")
    del holding.parts[lost]
    await reading.publish(left.partition)
    reading.over.set()
    assert [record.partition for record in await reading.next] == [left.partition]
    assert {stopped, lost} <= holding.consumer.paused()


async def test_a_poll_that_ends_when_another_has_some_of_the_partitions_loses_nothing(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: what a poll brings under an assignment that it was not asked for under is taken, or known to be missing."""
    monkeypatch.setattr(consumer_module, "IDLE_MS", 60_000)
    holding, consumer = reading.holding, reading.holding.consumer
    first, *_, gone = sorted(holding.parts)
    reading.over.set()
    await _is_polling(consumer)
    consumer.assign([first])
    del holding.parts[gone]
    part = holding.add(first)
    consumer.seek(first, 1)
    part.handed = part.queued = 1
    part.open = True
    consumer.resume(first)
    await reading.publish(first.partition)
    batch = await reading.next
    assert [(part.tp, position) for part, position, _ in batch.noted] == [(first, 1)]
    assert part.handed == 2


async def _is_polling(consumer: AIOKafkaConsumer) -> None:
    """Wait until a poll waits for records."""
    while not consumer._fetcher._fetch_waiters:  # noqa: ASYNC110  the client says so to nobody
        await asyncio.sleep(0.01)
