"""Reading topics back from their beginning, as read_committed consumers see them."""

from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition


@dataclass(frozen=True)
class Found:
    """A record as it stands on a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes] = field(hash=False)
    timestamp: int = 0

    @property
    def id(self) -> str:
        """Its CloudEvents id."""
        return self.headers.get("ce_id", b"").decode()

    @property
    def type(self) -> str:
        """Its CloudEvents type."""
        return self.headers.get("ce_type", b"").decode()

    @property
    def causation(self) -> str:
        """The id of the message that it follows from."""
        return self.headers.get("ce_causationid", b"").decode()

    @property
    def sequence(self) -> int:
        """The aggregate's counter; 0 where it has none."""
        return int(self.headers.get("ce_sequence", b"0"))


def read_topic(kafka: str, topic: str) -> list[Found]:
    """Every record of a topic, by partition and offset."""
    settings = {
        "bootstrap.servers": kafka,
        "group.id": "reads-back",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 20,
    }
    consumer = Consumer(settings)
    try:
        partitions = consumer.list_topics(topic, 20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        waiting, found = set(partitions), list[Found]()
        while waiting:
            message = consumer.poll(20)
            assert message is not None, f"{topic} cannot be read back"
            if (error := message.error()) is None:
                found.append(_found(message))
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                waiting.discard(message.partition())
    finally:
        consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))


def _found(message: Any) -> Found:
    headers = dict(message.headers() or ())
    place = message.topic(), message.partition(), message.offset()
    return Found(*place, message.key(), message.value(), headers, message.timestamp()[1])
