"""The databases of a run as plain documents, and the offsets that the services' groups have committed to Kafka."""

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from pymongo import MongoClient

from tests.chaos.checking.data import Service

PATIENCE = 30.0


def read_services(
    mongo: str, kafka: str, places: Mapping[str, Mapping[str, Any]], prefix: str, partitions: Iterable[tuple[str, int]]
) -> dict[str, Service]:
    """Every document of every collection of every service. `places`: database and group by service, as `world.json` has them."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo, tz_aware=True, readConcernLevel="majority")
    partitions = list(partitions)
    try:
        return {
            name: Service(name, _documents(client, place["database"]), _committed(kafka, place["group"], prefix, partitions))
            for name, place in places.items()
        }
    finally:
        client.close()


def _documents(client: MongoClient[dict[str, Any]], database: str) -> dict[str, dict[Any, Mapping[str, Any]]]:
    db = client[database]
    return {name: {document["_id"]: document for document in db[name].find()} for name in db.list_collection_names()}


def _committed(kafka: str, group: str, prefix: str, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    try:
        wanted = [TopicPartition(f"{prefix}.{topic}", number) for topic, number in partitions]
        found = consumer.committed(wanted, timeout=PATIENCE)
    finally:
        consumer.close()
    return {(place.topic.removeprefix(f"{prefix}."), place.partition): place.offset for place in found if place.offset >= 0}
