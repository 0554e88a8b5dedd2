"""A publisher that is none of ours: records with headers written by hand, compressed, in transactions, and broken on purpose."""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import Producer

SOURCE = "/elsewhere/crm"
Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True)
class Sent:
    """A record of a foreign publisher. `type` is the CloudEvents type; `extra` headers come behind those of the envelope."""

    topic: str
    key: str
    type: str
    value: bytes | None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    source: str = SOURCE
    extra: tuple[tuple[str, bytes], ...] = ()

    def with_value(self, value: bytes) -> "Sent":
        """The same envelope around other content."""
        return replace(self, value=value)

    def headers(self) -> Headers:
        """CloudEvents 1.0 in binary mode, spelled out."""
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.key.encode()),
            ("ce_time", datetime.now(UTC).isoformat().encode()),
            ("content-type", b"application/json"),
            *self.extra,
        ]


class Publisher:
    """librdkafka, placing records as every Kafka client does by default (murmur2)."""

    def __init__(self, kafka: str, **settings: Any) -> None:
        self._producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2", "acks": "all", "linger.ms": 5, **settings})
        self._transactional = "transactional.id" in settings
        if self._transactional:
            self._producer.init_transactions(30)

    def publish(self, sent: Iterable[Sent]) -> None:
        """Publish and wait for all acknowledgements."""
        self._produce(sent)
        assert self._producer.flush(60) == 0, "the broker did not acknowledge everything"

    def publish_bare(self, topic: str, key: bytes, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> None:
        """One record, exactly so."""
        self._producer.produce(topic, value, key, headers=list(headers))
        assert self._producer.flush(60) == 0

    def transaction(self, sent: Iterable[Sent], commit: bool) -> None:
        """Publish in a transaction of its own, then commit or abort it."""
        self._producer.begin_transaction()
        self._produce(sent)
        self._producer.flush(30)
        (self._producer.commit_transaction if commit else self._producer.abort_transaction)(30)

    def _produce(self, sent: Iterable[Sent]) -> None:
        for record in sent:
            self._producer.produce(record.topic, record.value, record.key.encode(), headers=record.headers())
            self._producer.poll(0)


class _RawName(str):
    """A header's name that is not UTF-8; producers in other languages take any bytes."""

    raw: bytes

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """The bytes as they are."""
        return self.raw


def publish_with_header_name(kafka: str, partition: int, sent: Sequence[Sent], broken: Sequence[int], name: bytes) -> None:
    """One producer batch of these records; those at the indexes `broken` have a header of this name."""
    asyncio.run(_publish_with_header_name(kafka, partition, sent, broken, name))


async def _publish_with_header_name(kafka: str, partition: int, sent: Sequence[Sent], broken: Sequence[int], name: bytes) -> None:
    raw = _RawName("x" * len(name))
    raw.raw = name
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(
            2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
        )
        for index, record in enumerate(sent):
            headers = [*record.headers(), *([(raw, b"x")] if index in broken else [])]
            assert batch.append(key=record.key.encode(), value=record.value, timestamp=None, headers=headers) is not None
        await (await producer.send_batch(batch, sent[0].topic, partition=partition))
    finally:
        await producer.stop()
