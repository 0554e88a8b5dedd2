"""Adopting a log: the operator's answer to a partition that stopped because its log is not the one that the fence knows."""

from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.deployment import Deployment
from chassis.mongo import Database

PLACES = ("beginning", "end")


async def adopt(deployment: Deployment, database: Database, topic: str, partition: int, place: str, by: str) -> dict[str, Any] | None:
    """Set the fence to the beginning or the end of the log as it is now; what stood between is not read. None: there is no such fence.

    From the beginning nothing happens twice: the inbox knows the ids that it has seen. `by`: the person who says so.

    Raises:
        KafkaError: the broker does not answer.
    """
    fence = f"{deployment.group}:{topic}:{partition}"
    if await database.fences.find_one({"_id": fence}) is None:
        return None  # the broker, asked for a partition that is not there, would keep the caller waiting
    tp = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=deployment.settings.kafka)
    await consumer.start()
    try:
        offsets = await (consumer.beginning_offsets([tp]) if place == "beginning" else consumer.end_offsets([tp]))
    finally:
        await consumer.stop()
    change = {"next": offsets[tp], "adopted": True, "adopted_by": by, "adopted_at": datetime.now(UTC)}
    before = await database.fences.find_one_and_update(
        {"_id": fence}, {"$set": change, "$unset": {"hash": "", "last": "", "timestamp": ""}}
    )
    return before and {"topic": topic, "partition": partition, "was": before["next"], "next": offsets[tp]}
