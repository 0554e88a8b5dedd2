"""A topic that refuses large records until it is mended, and relays that park them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.holding import Holding
from chassis.mongo import insert
from chassis.outbox import Page, Publication
from chassis.part import Lane
from chassis.relay import Relay
from tests.chassis.counting import Bench
from tests.delivery.waiting import until

TINY, ENOUGH = 20_000, 200_000
"""`max.message.bytes` of the topic, at first and when it is mended."""


@asynccontextmanager
async def _admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    yield admin
    await admin.close()


class Topic:
    """A topic of one partition that takes tiny records only, until it is mended."""

    def __init__(self, kafka: str, name: str) -> None:
        self.kafka, self.name = kafka, name

    async def make(self) -> None:
        """Make it."""
        async with _admin(self.kafka) as admin:
            await admin.create_topics([NewTopic(self.name, 1, 1, topic_configs={"max.message.bytes": str(TINY)})])

    async def mend(self) -> None:
        """Have it take larger records, and wait until the broker, which learns it from its controller, says so."""
        resource = ConfigResource(ConfigResourceType.TOPIC, self.name, configs={"max.message.bytes": str(ENOUGH)})
        asked = ConfigResource(ConfigResourceType.TOPIC, self.name, configs={"max.message.bytes": None})
        async with _admin(self.kafka) as admin:

            async def mended() -> bool:
                return str(ENOUGH) in str(await admin.describe_configs([asked]))

            await admin.alter_configs([resource])
            await until(mended)

    async def widen(self, partitions: int) -> None:
        """Give it so many partitions, and wait until the broker, which learns it from its controller, knows them."""
        async with _admin(self.kafka) as admin:

            async def wide() -> bool:
                return len((await admin.describe_topics([self.name]))[0]["partitions"]) == partitions

            await admin.create_partitions({self.name: NewPartitions(partitions)})
            await until(wide)

    async def published(self, partition: int = 0) -> list[str]:
        """What stands on it, by label."""
        return await published(self.kafka, self.name, partition)

    def record(self, owner: str, n: int, size: int = 100, partition: int = 0) -> Publication:
        """The n-th record of an aggregate."""
        value = f"{owner}{n}".encode().ljust(size, b".")
        return Publication(self.name, partition, owner.encode(), value, [("n", str(n).encode()), ("none", None)], owner)


async def published(kafka: str, topic: str, partition: int = 0) -> list[str]:
    """What stands on a partition of a topic, by label: the values without the dots behind them."""
    tp = TopicPartition(topic, partition)
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", isolation_level="read_committed") as consumer:
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        found: list[str] = []
        while len(found) < end:
            record = await asyncio.wait_for(consumer.getone(), 20)
            found.append(record.value.decode().rstrip("."))
        return found


def a_relay(bench: Bench) -> Relay:
    """The relay of an instance that holds the lane."""
    holding = Holding(bench.deployment, bench.db, bench.committer.metrics, "an instance")
    holding.lanes[0] = Lane(0, 100)
    return Relay(holding)


async def say(bench: Bench, position: int, *records: Publication) -> None:
    """What a transaction leaves in the outbox."""
    page = Page(0, position)
    for record in records:
        page.add(record)
    await insert(bench.db, "outbox", [*page.documents()], None)


async def publish(relay: Relay) -> None:
    """Publish past a first failure or two; for good ones, a test fails rather than waits."""
    for _ in range(5):
        if await relay._publish_all(afresh=True) is None:
            return
    raise AssertionError("publishing goes on failing")


async def parked(bench: Bench) -> list[str]:
    """What is parked, by label, in the order in which it was said."""
    rows = await bench.db.parked.find(sort=[("position", 1), ("part", 1)]).to_list(None)
    return [bytes(record[3]).decode().rstrip(".") for row in rows for record in row["records"]]


async def park_b(bench: Bench, topic: Topic) -> Relay:
    """A relay that has parked b's first three records, and published a's."""
    relay = a_relay(bench)
    await say(bench, 1, topic.record("a", 1), topic.record("b", 1, 2 * TINY), topic.record("b", 2))
    await say(bench, 2, topic.record("b", 3), topic.record("a", 2))
    await publish(relay)
    assert (await parked(bench), await topic.published(), relay.parked) == (["b1", "b2", "b3"], ["a1", "a2"], {"b"})
    return relay
