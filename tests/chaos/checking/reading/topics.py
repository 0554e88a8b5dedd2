"""Every record of every topic of a prefix, as a read_committed consumer sees it, and where each partition ends."""

import time
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from tests.chaos.checking.data import Record
from tests.chaos.checking.reading.headers import headers_of

PATIENCE = 30.0
LOOK = 0.2
AT_ONCE = 5_000
Ends = dict[tuple[str, int], int]


def read_topics(kafka: str, prefix: str) -> tuple[list[Record], Ends]:
    """Records by topic, partition and offset; and the offset behind the last one of each partition.

    Raises:
        RuntimeError: the broker does not give them.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": f"{prefix}.checker",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )
    try:
        known = consumer.list_topics(timeout=PATIENCE).topics
        places = {(name, number) for name, topic in known.items() if name.startswith(f"{prefix}.") for number in topic.partitions}
        consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for name, number in places])
        found, ends = _drain(consumer, places, len(prefix) + 1)
    finally:
        consumer.close()
    return sorted(found, key=lambda record: record.place), ends


def _drain(consumer: Consumer, places: set[tuple[str, int]], skip: int) -> tuple[list[Record], Ends]:
    waiting, found, ends = set(places), list[Record](), {(name[skip:], number): 0 for name, number in places}
    deadline = time.monotonic() + PATIENCE
    while waiting:
        if messages := consumer.consume(AT_ONCE, LOOK):
            deadline = time.monotonic() + PATIENCE
        elif time.monotonic() > deadline:
            raise RuntimeError(f"{len(waiting)} partitions could not be read to their ends, such as {min(waiting)}")
        for message in messages:
            topic, partition = str(message.topic()), int(message.partition() or 0)
            error = message.error()
            if error is None:
                found.append(_record(message, topic[skip:], partition))
                ends[topic[skip:], partition] = found[-1].offset + 1
            elif error.code() == KafkaError._PARTITION_EOF:
                waiting.discard((topic, partition))
            else:
                raise RuntimeError(f"{topic} cannot be read: {error}")
    return found, ends


def _record(message: Message, topic: str, partition: int) -> Record:
    key: Any = message.key()
    value: Any = message.value()
    offset, timestamp = int(message.offset() or 0), message.timestamp()[1]
    headers = headers_of(message)
    return Record(
        topic=topic,
        partition=partition,
        offset=offset,
        key=None if key is None else key.decode(errors="replace"),
        value=value,
        headers=headers or (),
        readable=headers is not None,
        timestamp=timestamp,
    )
