"""Finding a deal's records: its own partition of every topic, and all partitions of those where it stands under other keys."""

from collections.abc import Sequence

from aiokafka import TopicPartition

from chassis.placing import partition_of
from contracts.topics import NOTIFICATIONS, Kind, all_topics
from ops.journey.entry import Entry, concerns, entry_of
from ops.journey.order import in_causal_order
from ops.log import consumer, counts_of, records_until
from ops.system import System


async def journey_of(system: System, key: str, quick: bool = False) -> list[Entry]:
    """Everything about the deal in the log as it is now, in causal order. `quick`: only what is keyed by the deal.

    People topics are not looked at: they are not about deals. A record published twice under its id is told once.

    Raises:
        OpsError: the broker does not answer.
    """
    found: dict[tuple[str, str | None, bytes | None], Entry] = {}
    async with consumer(system) as reader:
        partitions = await _partitions(system, key, quick)
        ends = await reader.end_offsets(partitions) if partitions else {}
        async for batch in records_until(reader, ends):
            for record in batch:
                if concerns(record, key):
                    entry = entry_of(record)
                    found.setdefault((record.topic, entry.id or f"{record.partition}:{record.offset}", record.value), entry)
    return in_causal_order(found.values())


async def _partitions(system: System, key: str, quick: bool) -> Sequence[TopicPartition]:
    topics = {topic.name(system.prefix): topic for topic in all_topics() if topic.kind is not Kind.PEOPLE}
    chosen = []
    for name, count in (await counts_of(system, list(topics))).items():
        under_other_keys = topics[name].kind is Kind.PRIVATE or topics[name] == NOTIFICATIONS.events
        numbers = range(count) if under_other_keys and not quick else [partition_of(key, count)]
        chosen += [TopicPartition(name, number) for number in numbers]
    return chosen
