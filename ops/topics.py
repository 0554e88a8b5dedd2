"""The topics as they are on the broker: partitions, records that the log holds, and the groups that read them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import TopicPartition

from chassis.mongo import Client
from contracts.topics import Topic, all_topics
from ops.lag import fences
from ops.log import consumer, counts_of
from ops.system import System


@dataclass(frozen=True)
class TopicLine:
    """A topic and a group that reads it, None where nobody does. `records`: offsets that the log spans. `retention_days`: None is ever."""

    topic: str
    group: str | None
    kind: str
    partitions: int
    records: int
    compacted: bool
    retention_days: float | None

    def shape(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self)


async def read_topics(client: Client, system: System) -> list[TopicLine]:
    """The system's topics, one line for each group that reads one; a topic that is missing on the broker has 0 partitions.

    Raises:
        OpsError: the broker does not answer.
    """
    async with consumer(system) as reader:
        there = await counts_of(system, [topic.name(system.prefix) for topic in all_topics()])
        tps = [TopicPartition(name, number) for name, count in there.items() for number in range(count)]
        begins, ends = (await reader.beginning_offsets(tps), await reader.end_offsets(tps)) if tps else ({}, {})
    records = Counter[str]()
    for tp in tps:
        records[tp.topic] += ends[tp] - begins[tp]
    groups: dict[str, set[str]] = {}
    for group, tp in await fences(client, system):
        groups.setdefault(tp.topic, set()).add(group)
    return [line for topic in all_topics() for line in _lines(topic, system, there, records, groups)]


def _lines(
    topic: Topic, system: System, there: Mapping[str, int], records: Counter[str], groups: Mapping[str, set[str]]
) -> Iterable[TopicLine]:
    name = topic.name(system.prefix)
    days = None if topic.compacted else topic.retention.total_seconds() / 86_400
    readers: list[str | None] = [*sorted(groups.get(name, ()))]
    for group in readers or [None]:
        yield TopicLine(name, group, str(topic.kind), there.get(name, 0), records[name], topic.compacted, days)
