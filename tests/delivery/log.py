"""Reading topics back from their beginning, as read_committed consumers see them."""

from dataclasses import dataclass, field

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
            if message.error() and message.error().code() == KafkaError._PARTITION_EOF:
                waiting.discard(message.partition())
            else:
                assert message.error() is None, message.error()
                headers = dict(message.headers() or ())
                found.append(
                    Found(topic, message.partition(), message.offset(), message.key(), message.value(), headers, message.timestamp()[1])
                )
    finally:
        consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))
