"""How far behind its topics each consumer group is: the log's end minus the fence, and the age of the oldest record not yet taken."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.mongo import Client
from ops.errors import OpsError, sentence
from ops.log import consumer, counts_of
from ops.system import NAMES, System

FETCH = 5.0
"""Seconds to wait for the oldest unread record of any partition."""
Fences = dict[tuple[str, TopicPartition], int]
"""The next offset by group and partition."""


@dataclass(frozen=True)
class Lag:
    """What one group has not yet taken of one topic. `seconds`: age of the oldest such record, 0 where there is none."""

    topic: str
    group: str
    service: str
    partitions: int
    messages: int
    seconds: float

    def shape(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Reading:
    """Ends of the log and fences, as they were at one moment. `lags` by group and topic."""

    ends: Mapping[TopicPartition, int]
    lags: tuple[Lag, ...]

    @property
    def messages(self) -> int:
        """Messages not yet taken, of all groups."""
        return sum(lag.messages for lag in self.lags)

    @property
    def seconds(self) -> float:
        """Age of the oldest message not yet taken."""
        return max((lag.seconds for lag in self.lags), default=0.0)


async def fences(client: Client, system: System) -> Fences:
    """The fences of every service of the system. A service that never ran has none."""
    found: Fences = {}
    for name in NAMES:
        group = f"{system.prefix}.{name}"
        async for row in client[f"{system.prefix}_{name}"].fences.find({}, {"next": 1}):
            owner, topic, partition = row["_id"].rsplit(":", 2)
            if owner == group:
                found[group, TopicPartition(topic, int(partition))] = int(row["next"])
    return found


async def read_lag(client: Client, system: System) -> Reading:
    """The lag of every group on every topic that it reads.

    Raises:
        OpsError: the broker does not answer.
    """
    async with consumer(system) as reader:
        try:
            known = await fences(client, system)
            there = await counts_of(system, sorted({tp.topic for _, tp in known}))
            existing = {tp for _, tp in known if tp.partition < there.get(tp.topic, 0)}
            ends = await reader.end_offsets(list(existing)) if existing else {}
            known = await fences(client, system)  # after the ends: what was taken meanwhile is not behind
            waiting = {(group, tp): ends[tp] - next_ for (group, tp), next_ in known.items() if tp in ends and ends[tp] > next_}
            oldest = await _oldest(reader, {tp: min(known[g, t] for g, t in waiting if t == tp) for _, tp in waiting}, ends)
        except KafkaError as error:
            raise OpsError(f"Kafka does not answer at {system.kafka}: {sentence(error)}") from None
    real = {at: count for at, count in waiting.items() if at[1] in oldest}  # nothing but markers of transactions is nothing
    return Reading(ends, tuple(_lags(known, real, oldest)))


async def _oldest(reader: AIOKafkaConsumer, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> dict[Any, float]:
    """The time, in seconds since 1970, of the first record at or after each start; partitions that have none are left out."""
    if not starts:
        return {}
    reader.assign(list(starts))
    begins = await reader.beginning_offsets(list(starts))
    for tp, start in starts.items():
        reader.seek(tp, max(start, begins[tp]))
    found: dict[Any, float] = {}
    unknown, deadline = set(starts), time.monotonic() + FETCH
    while unknown and time.monotonic() < deadline:
        try:
            records = await reader.getmany(*unknown, timeout_ms=200, max_records=len(unknown) * 50)
        except Exception:  # a record that the client cannot read is a record all the same
            break
        found |= {tp: batch[0].timestamp / 1000 for tp, batch in records.items() if batch and tp in unknown}
        unknown -= set(found)
        unknown -= {tp for tp in unknown if await reader.position(tp) >= ends[tp]}
    return found | dict.fromkeys(unknown, time.time())


def _lags(known: Fences, waiting: Mapping[Any, int], oldest: Mapping[TopicPartition, float]) -> Iterable[Lag]:
    now = time.time()
    for group, topic in sorted({(group, tp.topic) for group, tp in known}):
        mine = [tp for g, tp in known if g == group and tp.topic == topic]
        behind = [tp for tp in mine if (group, tp) in waiting]
        seconds = max((max(0.0, now - oldest[tp]) for tp in behind), default=0.0)
        yield Lag(topic, group, group.rsplit(".", 1)[1], len(mine), sum(waiting[group, tp] for tp in behind), seconds)


async def outbox_and_due(client: Client, system: System) -> tuple[int, int]:
    """Outbox documents not yet published, and timers that are due but have not fired, of all services."""
    counts = await asyncio.gather(*(_waiting_in(client, f"{system.prefix}_{name}") for name in NAMES))
    return sum(outbox for outbox, _ in counts), sum(due for _, due in counts)


async def _waiting_in(client: Client, name: str) -> tuple[int, int]:
    database = client[name]
    now = (await database.command("hello"))["localTime"]
    outbox, parked = await database.outbox.count_documents({}), await database.parked.count_documents({})
    return outbox + parked, await database.timers.count_documents({"due_at": {"$lte": now}})
