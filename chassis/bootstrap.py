"""The bootstrap step: makes topics, collections and indexes, and refuses to change the partition count of a topic that exists."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, ConnectionFailure, OperationFailure

from chassis.mongo import Client, Database, connect
from chassis.redrive import ORDER
from chassis.service import Collection, Service
from chassis.settings import Settings
from chassis.topic_check import complaint, partition_counts
from contracts.topics import Kind, Topic, all_topics

log = structlog.get_logger("baton.bootstrap")
DAY = 86_400
NAMESPACE_EXISTS, INDEX_OPTIONS_CONFLICT = 48, 85


class BootstrapError(Exception):
    """The system cannot be set up as the settings say; the text says why."""


async def bootstrap(services: Sequence[Service], settings: Settings) -> list[str]:
    """Make what is missing; safe to run again. Returns what was made or is there, a line each.

    Raises:
        BootstrapError: a topic exists with another count of partitions, or the broker refused one.
    """
    lines = await make_topics(all_topics(), settings)
    client = connect(settings.mongo)
    try:
        await _await_primary(client)
        for service in services:
            await make_collections(client[service.database(settings.prefix)], service, settings)
            lines.append(f"database {service.database(settings.prefix)}")
    finally:
        await client.close()
    return lines


# ---- topics ---------------------------------------------------------------------------------------------------


async def make_topics(topics: Sequence[Topic], settings: Settings) -> list[str]:
    """Make the topics that do not exist.

    Raises:
        BootstrapError: one exists with another count of partitions, or the broker refused one.
    """
    names = [topic.name(settings.prefix) for topic in topics]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        reply = await admin.create_topics([_new_topic(topic, settings) for topic in topics])
    finally:
        await admin.close()
    for name, code, *message in reply.topic_errors:  # create_topics raises nothing
        if code not in (0, TopicAlreadyExistsError.errno):
            raise BootstrapError(f"the broker refused the topic {name}: {for_code(code).__name__} {' '.join(map(str, message))}")
    await _await_leaders(names, settings)
    return [f"topic {name}" for name in names]


def _new_topic(topic: Topic, settings: Settings) -> NewTopic:
    retention = int(topic.retention.total_seconds() * 1000)
    config = {
        "min.insync.replicas": str(settings.min_insync_replicas),
        "max.message.bytes": str(topic.batch_limit),
        "cleanup.policy": "compact" if topic.compacted else "delete",
    }
    if topic.compacted:
        # a tombstone has erased the record, in every log, within two days: a day at most until compaction, a day until it goes itself
        config |= {"max.compaction.lag.ms": str(DAY * 1000), "delete.retention.ms": str(DAY * 1000), "segment.ms": str(DAY * 1000)}
    else:
        config["retention.ms"] = str(retention)
    if topic.kind is Kind.COMMANDS:
        # a token on a command is checked against the moment of its publishing, which no publisher may choose
        config["message.timestamp.type"] = "LogAppendTime"
    name = topic.name(settings.prefix)
    return NewTopic(name, num_partitions=settings.partitions, replication_factor=settings.replication, topic_configs=config)


async def _await_leaders(names: list[str], settings: Settings) -> None:
    wrong: str | None = None
    for _ in range(50):
        wrong = complaint(await partition_counts(settings.kafka, names), names, settings.partitions)
        if wrong is None or "do not exist" not in wrong:
            break
        await asyncio.sleep(0.1)
    if wrong:
        raise BootstrapError(f"{wrong}. The count of an existing topic is never changed: records of one key would overtake each other")


# ---- collections ----------------------------------------------------------------------------------------------


async def _await_primary(client: Client) -> None:
    for _ in range(120):
        try:
            if (await client.admin.command("hello")).get("isWritablePrimary"):
                return
        except ConnectionFailure:
            pass
        await asyncio.sleep(0.25)
    raise BootstrapError("MongoDB has no primary: is it a replica set?")


async def make_collections(database: Database, service: Service, settings: Settings) -> None:
    """Make collections and indexes; made by a running service they would abort its first transactions."""
    ttl = settings.inbox_days * DAY
    own = (
        Collection("fences"),
        Collection("inbox", expire_after=("at", ttl)),
        Collection("answers", expire_after=("at", ttl)),
        Collection("outbox", indexes=((("lane", 1), ("position", 1), ("part", 1)),)),
        Collection("parked", indexes=((("lane", 1), ("owner", 1)), (("owner", 1),), (("again", 1), ("lane", 1), ("owner", 1)))),
        Collection("timers", indexes=((("lane", 1), ("due_at", 1)), (("due_at", 1),))),
        Collection("dead_letters", indexes=((("status", 1), *ORDER), (("status", 1), ("_id", 1)), (("key", 1),))),
        Collection("versions"),
    )
    aggregates = tuple(Collection(kind.collection, kind.indexes) for kind in service.aggregates)
    existing = set(await database.list_collection_names())
    for collection in (*own, *aggregates, *service.collections):
        await _make(database, collection, existing)


async def _make(database: Database, collection: Collection, existing: set[str]) -> None:
    if collection.name not in existing:
        try:
            await database.create_collection(collection.name)
        except (CollectionInvalid, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code != NAMESPACE_EXISTS:
                raise
    models: list[Any] = [IndexModel(list(keys)) for keys in collection.indexes]
    models += [IndexModel(list(keys), unique=True) for keys in collection.unique]
    models += [IndexModel(list(keys), partialFilterExpression=dict(only)) for keys, only in collection.partial]
    if models:
        await database[collection.name].create_indexes(models)
    if collection.expire_after:
        await _expire(database, collection.name, *collection.expire_after)


async def _expire(database: Database, collection: str, field: str, seconds: int) -> None:
    """Have documents dropped so many seconds after the time in the field, also where they were kept for another time until now."""
    try:
        await database[collection].create_index([(field, 1)], expireAfterSeconds=seconds)
    except OperationFailure as error:
        if error.code != INDEX_OPTIONS_CONFLICT:
            raise
        await database.command({"collMod": collection, "index": {"keyPattern": {field: 1}, "expireAfterSeconds": seconds}})
