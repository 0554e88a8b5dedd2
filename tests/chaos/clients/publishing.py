"""A foreign publisher: CloudEvents headers spelled out, librdkafka, and a log of what the broker said of each record."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from tests.chaos.clients.operations import ACKNOWLEDGED, FAILED, UNKNOWN, Operation, OperationLog
from tests.chaos.world import World

PATIENCE = 15.0
"""Seconds after which librdkafka gives a record up."""
CERTAIN = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._QUEUE_FULL)
"""Errors after which a record is certainly not on its topic."""
Sent = tuple[Operation, KafkaError | None]


@dataclass(frozen=True)
class Outgoing:
    """A record of a foreign publisher. `topic`: without the prefix, such as `deals.commands`; `key`: in bytes where it is no text."""

    topic: str
    key: str | bytes | None
    type: str
    value: bytes | None
    id: str
    source: str
    headers: tuple[tuple[str, bytes], ...]

    @classmethod
    def event(cls, topic: str, key: str, type: str, value: bytes | None, id: str, source: str, *extra: tuple[str, bytes]) -> "Outgoing":
        """With the envelope of CloudEvents 1.0 in binary mode; `extra` headers come behind it, and win where they repeat a name."""
        envelope = [
            ("ce_specversion", b"1.0"),
            ("ce_id", id.encode()),
            ("ce_source", source.encode()),
            ("ce_type", type.encode()),
            ("ce_time", datetime.now(UTC).isoformat().encode()),
            ("content-type", b"application/json"),
        ]
        return cls(topic, key, type, value, id, source, (*envelope, *extra))

    def operation(self, client: str, prefix: str) -> Operation:
        """Its line in the log."""
        value = None if self.value is None else self.value[:20_000].decode(errors="backslashreplace")
        headers = {name: content.decode(errors="backslashreplace") for name, content in self.headers}
        service, topic = self.topic.partition(".")[0], f"{prefix}.{self.topic}"
        key = self.key.decode(errors="backslashreplace") if isinstance(self.key, bytes) else self.key
        return Operation(client, "topic", service, self.type, key, self.id, self.source, value, topic=topic, headers=headers)


class Publisher:
    """One producer. `murmur2` False: librdkafka's own placing, which puts most keys into another partition than Baton's."""

    def __init__(self, world: World, client: str, log: OperationLog, *, murmur2: bool = True, **settings: Any) -> None:
        self._world, self._client, self._log = world, client, log
        self._settings = {
            "bootstrap.servers": world.kafka,
            "partitioner": "murmur2_random" if murmur2 else "consistent_random",
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 2,
            "message.timeout.ms": int(PATIENCE * 1000),
            "message.max.bytes": 4 << 20,
            "reconnect.backoff.max.ms": 500,
            "log_level": 0,
            **settings,
        }
        self._producer = Producer(self._settings)

    def publish(self, records: Sequence[Outgoing]) -> list[str]:
        """Publish in order and wait for what the broker says of each; returns what was told."""
        sent = self._send(records)
        for operation, error in sent:
            self._log.ended(operation, _meaning(error), {"error": error.str()} if error else None)
        if any(error for _, error in sent):
            self._producer = Producer(self._settings)  # an idempotent one may be of no use after an error
        return [operation.told for operation, _ in sent]

    def transaction(self, records: Sequence[Outgoing], *, commit: bool) -> None:
        """Publish in a transaction, then commit or abort it; an aborted record has failed, and nobody may ever act on it.

        For a publisher with a `transactional.id`.
        """
        sent: list[Sent] = []
        try:
            self._producer.init_transactions(PATIENCE)
            self._producer.begin_transaction()
            sent = self._send(records)
            (self._producer.commit_transaction if commit else self._producer.abort_transaction)(PATIENCE)
            told = ACKNOWLEDGED if commit else FAILED
        except KafkaException:
            told = UNKNOWN
        for operation, _ in sent:
            self._log.ended(operation, told, {"transaction": "committed" if commit else "aborted"})

    def _send(self, records: Sequence[Outgoing]) -> list[Sent]:
        operations = [record.operation(self._client, self._world.prefix) for record in records]
        errors: dict[int, KafkaError | None] = {}

        def told(index: int) -> Any:
            def note(error: KafkaError | None, message: Message) -> None:
                errors[index] = error
                if error is None:
                    operations[index].place = {"partition": int(message.partition() or 0), "offset": int(message.offset() or 0)}

            return note

        for index, record in enumerate(records):
            operations[index].sent_at = time.time()
            key = record.key.encode() if isinstance(record.key, str) else record.key
            name = f"{self._world.prefix}.{record.topic}"
            try:
                self._producer.produce(name, record.value, key, headers=list(record.headers), on_delivery=told(index))
                self._producer.poll(0)
            except KafkaException as error:
                errors[index] = error.args[0]
            except BufferError:
                errors[index] = KafkaError(KafkaError._QUEUE_FULL)
        self._producer.flush(PATIENCE + 5)
        silent = KafkaError(KafkaError._TIMED_OUT)
        return [(operation, errors.get(index, silent)) for index, operation in enumerate(operations)]


def _meaning(error: KafkaError | None) -> str:
    if error is None:
        return ACKNOWLEDGED
    return FAILED if error.code() in CERTAIN else UNKNOWN
