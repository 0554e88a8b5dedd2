"""Waiting for the topics that the bootstrap step makes; a service makes none by itself."""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.health import Health

log = structlog.get_logger("baton.runtime")
PAUSE = 1.0


async def await_topics(kafka: str, topics: Iterable[str], partitions: int, health: Health) -> None:
    """Return when the broker has all topics with this count of partitions; say in `health` what is awaited."""
    wanted = sorted(topics)
    while True:
        try:
            health.broker = complaint(await partition_counts(kafka, wanted), wanted, partitions)
        except (KafkaError, OSError) as error:
            health.broker = f"the broker does not answer: {type(error).__name__}"
        if health.broker is None:
            return
        log.warning("waiting to consume", why=health.broker)
        await asyncio.sleep(PAUSE)


async def partition_counts(kafka: str, topics: list[str]) -> dict[str, int]:
    """Partitions of those topics that exist, by name.

    Raises:
        KafkaError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        described = await admin.describe_topics(topics)
        return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}
    finally:
        await admin.close()


def complaint(counts: dict[str, int], wanted: list[str], partitions: int) -> str | None:
    """What is wrong with the topics, in a sentence; None if nothing is."""
    if missing := [name for name in wanted if name not in counts]:
        return f"the topics {', '.join(missing)} do not exist: run the bootstrap step"
    if other := [f"{name} has {counts[name]}" for name in wanted if counts[name] != partitions]:
        return f"topics must have {partitions} partitions (BATON_PARTITIONS), but {', '.join(other)}"
    return None
