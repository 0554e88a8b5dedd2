"""Reading Kafka's log as it is: consumers outside any group, which commit nothing and disturb nobody."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.mongo import Client, connect
from chassis.salvage import salvage
from ops.errors import OpsError, sentence
from ops.system import System

POLL_MS = 300


@asynccontextmanager
async def consumer(system: System) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of committed records, for the length of the block.

    Raises:
        OpsError: the broker does not answer.
    """
    reader = AIOKafkaConsumer(
        bootstrap_servers=system.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=15_000,
        max_partition_fetch_bytes=4 << 20,
    )
    try:
        await reader.start()
    except (KafkaError, OSError) as error:
        await reader.stop()
        raise OpsError(f"Kafka does not answer at {system.kafka}: {sentence(error)}") from None
    try:
        yield reader
    finally:
        await reader.stop()


async def counts_of(system: System, topics: list[str]) -> dict[str, int]:
    """Partitions of those of the topics that exist, by name.

    Raises:
        OpsError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=system.kafka)
    try:
        await admin.start()
        described = await admin.describe_topics(topics) if topics else []
    except (KafkaError, OSError) as error:
        raise OpsError(f"Kafka does not answer at {system.kafka}: {sentence(error)}") from None
    finally:
        await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}


@asynccontextmanager
async def database(system: System) -> AsyncIterator[Client]:
    """A connection to the database, for the length of the block."""
    client = connect(system.mongo)
    try:
        yield client
    finally:
        await client.close()


async def records_until(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> AsyncIterator[list[Any]]:
    """All records of the partitions from the beginning of the log up to `ends`, in batches of one partition.

    Raises:
        OpsError: the broker does not answer any more.
    """
    wanted = {tp for tp, end in ends.items() if end > 0}
    if not wanted:
        return
    reader.assign(list(wanted))
    for tp, begin in (await reader.beginning_offsets(list(wanted))).items():
        reader.seek(tp, begin)
    done = dict.fromkeys(wanted, 0)
    while left := {tp for tp in wanted if await reader.position(tp) < ends[tp]}:
        try:
            found = await reader.getmany(*left, timeout_ms=POLL_MS, max_records=20_000)
        except Exception:  # the client cannot read a record: what it raises depends on what is wrong with the bytes
            found = await _around(reader, left, done)
        for tp, batch in found.items():
            if batch:
                done[tp] = batch[-1].offset + 1
                yield [record for record in batch if record.offset < ends[tp]]


async def _around(reader: AIOKafkaConsumer, left: set[TopicPartition], done: dict[TopicPartition, int]) -> dict[TopicPartition, list[Any]]:
    """What stands next in each partition, leniently read: the client lost what it had drained when it raised.

    Raises:
        OpsError: the broker does not give it.
    """
    found: dict[TopicPartition, list[Any]] = {}
    try:
        begins = await reader.beginning_offsets(list(left))
        for tp in left:
            found[tp], behind = await salvage(reader, tp, max(done[tp], begins[tp]))
            reader.seek(tp, behind)
    except (KafkaError, OSError) as error:
        raise OpsError(f"Kafka does not answer any more: {sentence(error)}") from None
    return found
