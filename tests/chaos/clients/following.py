"""Reading an events topic as anybody may: a consumer of its own, which forgets what it has seen twice."""

import json
from collections.abc import Iterator
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from tests.chaos.checking.reading.headers import headers_of
from tests.chaos.world import World

AT_ONCE = 200


class Follower:
    """The events of one topic, each once, as far as they have come."""

    def __init__(self, world: World, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": world.kafka,
                "group.id": f"{world.prefix}.{topic}.followers",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
        name = f"{world.prefix}.{topic}"
        self._consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for number in range(world.partitions)])
        self._seen: set[str] = set()

    def fresh(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Type and content of every event that has come since the last look; a broker that is away has nothing to say."""
        try:
            messages = self._consumer.consume(AT_ONCE, 0.05)
        except KafkaException:
            return
        for message in messages:
            if message.error() is None and (event := self._read(message)):
                yield event

    def _read(self, message: Any) -> tuple[str, dict[str, Any]] | None:
        try:
            headers: dict[str, Any] = dict(headers_of(message) or ())
            id_, type_ = headers["ce_id"].decode(), headers["ce_type"].decode()
            body = json.loads(message.value())
        except (KeyError, ValueError, TypeError, AttributeError):
            return None  # poison
        if id_ in self._seen or not isinstance(body, dict):
            return None
        self._seen.add(id_)
        return type_, body

    def close(self) -> None:
        """Read nothing more."""
        self._consumer.close()
