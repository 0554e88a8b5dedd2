"""Kafka's own offsets and the lag: for tools to look at; nothing here decides where reading goes on."""

import asyncio
import time

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from chassis.holding import Holding

log = structlog.get_logger("baton.offsets")
EVERY = 1.0
"""Seconds between two commits of the group's offsets."""


async def run(holding: Holding) -> None:
    """Commit the positions that the fences have reached, and measure the lag, for the life of the process."""
    done: dict[TopicPartition, int] = {}
    while True:
        await asyncio.sleep(EVERY)
        positions = {tp: part.next for tp, part in holding.parts.items() if part.open}
        fresh = {tp: position for tp, position in positions.items() if done.get(tp) != position}
        try:
            if fresh:
                await holding.consumer.commit(fresh)
                done |= fresh
        except (KafkaError, IllegalStateError, ValueError) as error:  # moved meanwhile: expected
            log.debug("offsets not committed", error=repr(error)[:200])
        _measure(holding, positions)


def _measure(holding: Holding, positions: dict[TopicPartition, int]) -> None:
    metrics = holding.metrics
    metrics.lanes.set(len(holding.lanes))
    metrics.stopped.set(sum(part.stopped is not None for part in holding.parts.values()))
    metrics.lag.clear()  # partitions that have moved away are measured where they went
    metrics.lag_seconds.clear()
    held = holding.consumer.assignment() if holding.consumer else frozenset()
    oldest = {(lane.number, topic): moment for lane in holding.lanes.values() for topic, moment in lane.oldest().items()}
    for tp, position in positions.items():
        if tp not in held:
            continue  # moved while the offsets were being committed: aiokafka answers that with an assertion
        end = holding.consumer.highwater(tp)
        behind = max(0, end - position) if end is not None else 0
        metrics.lag.labels(tp.topic, tp.partition).set(behind)
        waiting = oldest.get((tp.partition, tp.topic))
        metrics.lag_seconds.labels(tp.topic, tp.partition).set(max(0.0, time.time() - waiting / 1000) if waiting else 0.0)
