"""A service's events topic, read from its beginning and on as far as it goes."""

import json
import uuid
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from tests.delivery.instances import Json
from tests.delivery.waiting import PATIENCE


class EventsTopic:
    """The topic as one consumer sees it, by the key of its records."""

    def __init__(self, kafka: str, topic: str, partitions: int) -> None:
        config = {"bootstrap.servers": kafka, "group.id": uuid.uuid4().hex, "enable.auto.commit": False}
        self._consumer = Consumer(config | {"isolation.level": "read_committed"})
        # asked by a client of its own: the broker answers the consumer's connection only once its long poll is over
        self._admin = AdminClient({"bootstrap.servers": kafka})
        self._lanes = [TopicPartition(topic, lane, 0) for lane in range(partitions)]
        self._next = [0] * partitions
        self._consumer.assign(self._lanes)
        self._events: dict[str, list[Json]] = {}

    def read_on(self) -> dict[str, list[Json]]:
        """Every event that is on the topic now, by key: type, id, subject, sequence and data, in the topic's order."""
        asked = self._admin.list_offsets({lane: OffsetSpec.latest() for lane in self._lanes}, request_timeout=PATIENCE)  # type: ignore[no-untyped-call]
        ends = [asked[lane].result(PATIENCE).offset for lane in self._lanes]
        while any(position < end for position, end in zip(self._next, ends, strict=True)):
            record = self._consumer.poll(PATIENCE)
            assert record is not None, "the topic cannot be read back"
            assert record.error() is None, record.error()
            self._note(record)
        return self._events

    def close(self) -> None:
        """Let the topic go."""
        self._consumer.close()
        del self._admin

    def _note(self, record: Message) -> None:
        pairs: Any = record.headers() or ()
        headers = {name: value.decode() for name, value in pairs}
        lane, offset, key, value = record.partition(), record.offset(), record.key(), record.value()
        assert lane is not None
        assert offset is not None
        assert key is not None
        assert value is not None
        self._next[lane] = offset + 1
        event = {name: headers.get(f"ce_{name}") for name in ("id", "subject", "sequence")}
        event |= {"type": headers["ce_type"].split(".")[1], "data": json.loads(value)}
        self._events.setdefault(key.decode(), []).append(event)
