"""Topics and databases under a prefix of their own, made as Baton's bootstrap step makes them, and removed afterwards."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
from pymongo import MongoClient
from pymongo.database import Database

from bench.ground.topics import count
from bench.job.records import Sent
from chassis.bootstrap import make_collections, make_topics
from chassis.mongo import connect
from chassis.service import Service
from chassis.settings import Settings
from contracts.topics import DEALS
from services.deals.app import SERVICE
from stack.addresses import Addresses

Document = dict[str, Any]
TIMEOUT = 60
JWT_KEY = "the key of tokens that no benchmark ever makes"


@dataclass
class System:
    """One system on the stack. `partitions`: of every topic."""

    addresses: Addresses
    partitions: int
    prefix: str = field(default_factory=lambda: f"bench{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.client: MongoClient[Document] = MongoClient(self.addresses.mongo, tz_aware=True)
        self.admin = AdminClient({"bootstrap.servers": self.addresses.kafka})

    @property
    def database(self) -> Database[Document]:
        """The database of deals."""
        return self.client[SERVICE.database(self.prefix)]

    @property
    def group(self) -> str:
        """The consumer group of deals."""
        return SERVICE.group(self.prefix)

    @property
    def commands(self) -> str:
        """The name of the topic that the job stands on."""
        return DEALS.commands.name(self.prefix)

    @property
    def events(self) -> str:
        """The name of the topic that the effects are published on."""
        return DEALS.events.name(self.prefix)

    @property
    def dead_letters(self) -> str:
        """The name of the topic that copies of dead letters are published on."""
        return DEALS.dead_letters.name(self.prefix)

    def environment(self) -> dict[str, str]:
        """What contestants read of the environment; rivals read the same variables as services."""
        return {
            "BATON_KAFKA": self.addresses.kafka,
            "BATON_MONGO": self.addresses.mongo,
            "BATON_PREFIX": self.prefix,
            "BATON_PARTITIONS": str(self.partitions),
            "BATON_HTTP_PORT": "0",
            "BATON_JWT_KEY": JWT_KEY,
            "BATON_LOG_LEVEL": "WARNING",
        }

    def prepare(self, service: Service = SERVICE) -> "System":
        """Make the topics that the service reads and writes, and its collections; the events' topic says when the broker got each."""
        settings = Settings(kafka=self.addresses.kafka, mongo=self.addresses.mongo, prefix=self.prefix, partitions=self.partitions)
        asyncio.run(self._prepare(service, settings))
        stamp = ConfigEntry("message.timestamp.type", "LogAppendTime", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, self.events, incremental_configs=[stamp])
        self.admin.incremental_alter_configs([resource])[resource].result(TIMEOUT)
        return self

    async def _prepare(self, service: Service, settings: Settings) -> None:
        await make_topics(tuple({*service.subscribed, *service.topics.all()}), settings)
        client = connect(settings.mongo)
        try:
            await make_collections(client[service.database(self.prefix)], service, settings)
        finally:
            await client.close()

    def publish(self, records: Sequence[Sent]) -> None:
        """Put the records on the topic of commands, in order, and wait for all acknowledgements."""
        producer = self.producer()
        for sent in records:
            while True:
                try:
                    producer.produce(self.commands, sent.value, sent.key.encode(), headers=list(sent.headers()))
                    break
                except BufferError:
                    producer.poll(0.05)
            producer.poll(0)
        if left := producer.flush(TIMEOUT):
            raise TimeoutError(f"the broker did not acknowledge {left} records of the job")

    def effects(self) -> int:
        """How many events and dead letters stand on their topics; one small request."""
        return count(self.admin, [self.events, self.dead_letters], self.partitions)

    def checkpoint(self) -> None:
        """Have the database write every page that has changed."""
        self.client.admin.command("fsync")

    def producer(self, linger_ms: int = 5) -> Producer:
        """A producer that places records as every Kafka client does by default."""
        settings = {"partitioner": "murmur2", "acks": "all", "enable.idempotence": True, "linger.ms": linger_ms, "log_level": 3}
        return Producer({"bootstrap.servers": self.addresses.kafka, **settings})

    def remove(self) -> None:
        """Delete the topics and the databases."""
        mine = [name for name in self.admin.list_topics(timeout=TIMEOUT).topics if name.startswith(f"{self.prefix}.")]
        for deletion in self.admin.delete_topics(mine, operation_timeout=TIMEOUT).values() if mine else ():
            deletion.result(TIMEOUT)
        for name in self.client.list_database_names():
            if name.startswith(f"{self.prefix}_"):
                self.client.drop_database(name)
        self.checkpoint()  # so that the next contestant does not pay for this one's writes
        self.client.close()


@contextmanager
def system_on(addresses: Addresses, partitions: int) -> Iterator[System]:
    """A system that is ready for a contestant, removed at the end."""
    system = System(addresses, partitions)
    try:
        yield system.prepare()
    finally:
        system.remove()
