"""Lag, topics, journeys and settling on a real broker and database, against logs made by hand."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.placing import partition_of
from ops.errors import OpsError
from ops.journey import journey_of
from ops.lag import outbox_and_due, read_lag
from ops.log import consumer, counts_of, database, records_until
from ops.status import status, wait_settled
from ops.system import NAMES, System
from ops.topics import read_topics
from stack.addresses import Addresses
from tests.delivery.foreign import Sent, publish_with_header_name

pytestmark = pytest.mark.integration
PARTITIONS = 3


@pytest.fixture
async def system(stack_under_test: Addresses, prefix: str) -> System:
    """A system of topics and fences, without services."""
    return await a_system(stack_under_test, prefix)


async def a_system(stack: Addresses, prefix: str) -> System:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    topics = [f"{prefix}.deals.events", f"{prefix}.onboarding.events", f"{prefix}.notifications.private"]
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
    await admin.close()
    system = System(stack.kafka, stack.mongo, prefix, {}, dict.fromkeys(NAMES))
    async with asyncio.timeout(30):
        await made(system, topics)
    return system


async def made(system: System, topics: list[str]) -> None:
    """Return when the broker has all topics, with leaders: they take a moment."""
    if len(await counts_of(system, topics)) < len(topics):
        await asyncio.sleep(0.05)
        await made(system, topics)


def name(system: System, rest: str) -> str:
    return f"{system.prefix}.{rest}"


async def publish(
    system: System, topic: str, key: str, id: str, cause: str | None = None, transaction: str | None = None, **data: str
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=system.kafka, transactional_id=transaction)
    await producer.start()
    headers = [("ce_id", id.encode()), ("ce_type", b"deals.DealOpened.v1"), ("ce_subject", key.encode())]
    headers += [("ce_time", b"2026-01-01T00:00:00.000000Z")] + ([("ce_causationid", cause.encode())] if cause else [])
    sending = {"key": key.encode(), "headers": headers, "partition": partition_of(key, PARTITIONS)}
    if transaction:
        async with producer.transaction():
            await producer.send_and_wait(name(system, topic), json.dumps(data).encode(), **sending)
    else:
        await producer.send_and_wait(name(system, topic), json.dumps(data).encode(), **sending)
    await producer.stop()


async def fence(system: System, service: str, topic: str, partition: int, next_: int) -> None:
    async with database(system) as client:
        document = {"_id": f"{name(system, service)}:{name(system, topic)}:{partition}", "next": next_}
        await client[f"{system.prefix}_{service}"].fences.insert_one(document)


@pytest.mark.requirement("X2")
async def test_lag_is_what_lies_between_the_fence_and_the_end_of_the_log(system: System) -> None:
    for n in range(3):
        await publish(system, "deals.events", "D1", f"e{n}")
    await fence(system, "onboarding", "deals.events", partition_of("D1", PARTITIONS), 1)
    async with database(system) as client:
        (lag,) = (await read_lag(client, system)).lags
    assert (lag.topic, lag.group, lag.messages) == (name(system, "deals.events"), name(system, "onboarding"), 2)
    assert 0 < lag.seconds < 300


async def test_markers_of_transactions_are_nothing_to_be_read(system: System) -> None:
    """A log that ends in a marker is read to its end: the lag is 0, or no system that a foreign transaction touched ever settles."""
    await publish(system, "deals.events", "D1", "e", transaction=f"{system.prefix}-t")
    await fence(system, "onboarding", "deals.events", partition_of("D1", PARTITIONS), 1)
    async with database(system) as client:
        assert (await read_lag(client, system)).messages == 0


async def test_a_topic_that_is_gone_is_no_lag_and_no_error(system: System) -> None:
    await fence(system, "onboarding", "deals.unheard-of", 0, 7)
    async with database(system) as client:
        assert (await read_lag(client, system)).messages == 0


async def test_topics_say_who_reads_them_and_which_are_missing(system: System) -> None:
    await publish(system, "deals.events", "D1", "e")
    await fence(system, "onboarding", "deals.events", 0, 0)
    await fence(system, "feedback", "deals.events", 0, 0)
    async with database(system) as client:
        lines = {(line.topic, line.group): line for line in await read_topics(client, system)}
    events = lines[name(system, "deals.events"), name(system, "onboarding")]
    assert (events.partitions, events.records, events.compacted, events.retention_days) == (PARTITIONS, 1, False, 7.0)
    assert (name(system, "deals.events"), name(system, "feedback")) in lines
    assert lines[name(system, "feedback.commands"), None].partitions == 0


@pytest.mark.requirement("X2")
async def test_a_journey_has_what_is_keyed_by_the_deal_and_what_names_it(system: System) -> None:
    await publish(system, "onboarding.events", "D1", "opened", "won", deal_id="D1")
    await publish(system, "deals.events", "D1", "won", deal_id="D1")
    await publish(system, "deals.events", "D2", "other", deal_id="D2")
    recipient = next(f"p{n}" for n in range(9) if partition_of(f"p{n}", PARTITIONS) != partition_of("D1", PARTITIONS))
    await publish(system, "notifications.private", recipient, "tell", "won", about="D1")
    await publish(system, "notifications.private", recipient, "quote", "won", about="D2", text="D1")
    assert [entry.id for entry in await journey_of(system, "D1")] == ["won", "tell", "opened"]
    assert [entry.id for entry in await journey_of(system, "D1", quick=True)] == ["won", "opened"]
    assert await journey_of(system, "D9") == []


async def test_a_record_published_twice_is_told_once(system: System) -> None:
    await publish(system, "deals.events", "D1", "won", deal_id="D1")
    await publish(system, "deals.events", "D1", "won", deal_id="D1")
    assert len(await journey_of(system, "D1")) == 1


def test_a_record_that_the_client_cannot_read_hides_no_other(stack_under_test: Addresses, prefix: str) -> None:
    """A header name that is not UTF-8 makes the client drop a whole batch, for ever; a journey has the rest of it all the same."""
    system = asyncio.run(a_system(stack_under_test, prefix))
    lane = partition_of("D1", PARTITIONS)
    some = Sent(name(system, "deals.events"), "D1", "deals.DealOpened.v1", b"{}")
    batch = [replace(some, id=f"e{n}") for n in range(4)]
    publish_with_header_name(system.kafka, lane, batch, broken=(1,), name=b"\xff")
    found = asyncio.run(journey_of(system, "D1"))
    assert len(found) == 4
    assert [entry.id for entry in found if entry.id] == ["e0", "e2", "e3"]


async def test_records_published_after_the_start_are_left_for_the_next_look(system: System) -> None:
    await publish(system, "deals.events", "D1", "before")
    tp = TopicPartition(name(system, "deals.events"), partition_of("D1", PARTITIONS))
    async with consumer(system) as reader:
        ends = await reader.end_offsets([tp])
        await publish(system, "deals.events", "D1", "after")
        assert [record.offset async for batch in records_until(reader, ends) for record in batch] == [0]


async def test_what_waits_in_an_outbox_or_as_a_due_timer_is_not_settled(system: System) -> None:
    async with database(system) as client:
        assert await outbox_and_due(client, system) == (0, 0)
        now = (await client.admin.command("hello"))["localTime"]
        await client[f"{system.prefix}_deals"].outbox.insert_one({"lane": 0})
        await client[f"{system.prefix}_feedback"].timers.insert_one({"due_at": now})
        assert await outbox_and_due(client, system) == (1, 1)
    with pytest.raises(OpsError, match=r"Not settled after 0 s: 0 messages not yet taken, 1 outbox documents"):
        await wait_settled(system, 0, lambda awaited: None)


async def test_a_system_without_a_database_has_a_status_all_the_same(system: System) -> None:
    found = await status(replace(system, kafka="127.0.0.1:1", urls={"deals": "http://127.0.0.1:1"}))
    assert found["lag"] == {"messages": None, "seconds": None}
    assert (found["outbox"], found["settled"]) == (None, False)
    assert found["services"]["deals"] == {"pid": None, "url": "http://127.0.0.1:1", "live": False, "ready": False}
