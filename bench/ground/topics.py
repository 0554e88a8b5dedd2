"""Looking at topics from outside: how far they are, when a group began, and every record read back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from confluent_kafka import OFFSET_BEGINNING, Consumer, ConsumerGroupState, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it stands on a topic. `timestamp`: milliseconds since 1970."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    timestamp: int
    headers: dict[str, bytes] = field(hash=False)


def count(admin: AdminClient, topics: Sequence[str], partitions: int) -> int:
    """How many records the topics have got so far; one small request."""
    places = {TopicPartition(topic, number): OffsetSpec.latest() for topic in topics for number in range(partitions)}
    return sum(int(found.result(TIMEOUT).offset) for found in admin.list_offsets(places).values())


def has_begun(admin: AdminClient, group: str) -> bool:
    """Whether the group has given its partitions out."""
    try:
        found = admin.describe_consumer_groups([group], request_timeout=TIMEOUT)[group].result(TIMEOUT)
    except KafkaException:
        return False
    return found.state == ConsumerGroupState.STABLE and any(member.assignment.topic_partitions for member in found.members)


def read_topic(kafka: str, topic: str) -> list[Found]:
    """Every record of a topic, by partition and offset.

    Raises:
        TimeoutError: the broker gives nothing for half a minute.
    """
    settings = {"group.id": "reads-back", "enable.auto.commit": False, "enable.partition.eof": True, "isolation.level": "read_committed"}
    consumer = Consumer({"bootstrap.servers": kafka, **settings})
    found: list[Found] = []
    try:
        partitions = consumer.list_topics(topic, TIMEOUT).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        waiting, until = set(partitions), time.monotonic() + TIMEOUT
        while waiting:
            for message in consumer.consume(5000, 0.2):
                if (error := message.error()) is None:
                    headers = dict(message.headers() or ())
                    place = message.partition(), message.offset()
                    found.append(Found(*place, message.key() or b"", message.value() or b"", message.timestamp()[1], headers))
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard(message.partition())
                else:
                    raise KafkaException(error)
            if time.monotonic() > until:
                raise TimeoutError(f"{topic} cannot be read back")
    finally:
        consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))
