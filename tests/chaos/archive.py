"""What is kept of a run with violations, so that they can be looked into when the servers are gone."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bson import json_util
from confluent_kafka import Consumer, TopicPartition
from pymongo import MongoClient

from tests.chaos.checking.reading.headers import headers_of
from tests.chaos.world import World

SILENCE = 5.0
"""Seconds without a record after which a topic counts as read."""


def archive(world: World, folder: Path) -> None:
    """Write every topic and every collection of the run into the folder, a gzipped file of JSON lines each."""
    folder.mkdir(parents=True, exist_ok=True)
    client: MongoClient[dict[str, Any]]
    with MongoClient(world.mongo) as client:
        for place in world.services.values():
            for name in client[place.database].list_collection_names():
                lines = map(json_util.dumps, client[place.database][name].find())
                _write(folder / f"{place.database}.{name}.jsonl.gz", lines)
    _write(folder / "topics.jsonl.gz", (json.dumps(record) for record in _records(world)))


def _write(file: Path, lines: Iterator[str]) -> None:
    with gzip.open(file, "wt") as out:
        out.writelines(f"{line}\n" for line in lines)


def _records(world: World) -> Iterator[dict[str, Any]]:
    consumer = Consumer({"bootstrap.servers": world.kafka, "group.id": f"{world.prefix}.archive", "enable.auto.commit": False})
    try:
        topics = consumer.list_topics(timeout=10).topics.values()
        places = [TopicPartition(topic.topic, number, 0) for topic in topics if _of(world, topic.topic) for number in topic.partitions]
        consumer.assign(places)
        while records := consumer.consume(1000, SILENCE):
            yield from (_shape(record) for record in records if record.error() is None)
    finally:
        consumer.close()


def _of(world: World, topic: str) -> bool:
    return topic.startswith(f"{world.prefix}.")


def _shape(record: Any) -> dict[str, Any]:
    """A record as it is kept; bytes that are not UTF-8 with escapes."""
    return {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "timestamp": record.timestamp()[1],
        "key": _text(record.key()),
        "headers": _headers(record),
        "value": _text(record.value()),
    }


def _headers(record: Any) -> dict[str, Any] | None:
    """None where a name is not UTF-8."""
    headers = headers_of(record)
    return None if headers is None else {name: _text(value) for name, value in headers}


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode(errors="backslashreplace")
