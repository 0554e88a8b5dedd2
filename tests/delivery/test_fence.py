"""The fence against batches that no living assignment would commit: real records and a real database, for all four services.

The unit of work is called by itself here, because a process cannot be told to commit out of turn; `test_instances` shows the same
with a frozen process. The inbox is emptied wherever the fence alone must hold.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from aiokafka import TopicPartition

from chassis.commit import Committer, Fenced, Work
from chassis.deployment import Deployment
from chassis.metrics import Metrics
from chassis.mongo import connect
from chassis.part import Lane, Part, Taken
from tests.delivery.conftest import Make
from tests.delivery.log import Found, read_topic
from tests.delivery.probes import Probe
from tests.delivery.system import System

pytestmark = pytest.mark.requirement("X3")


@dataclass
class Read:
    """A record as a consumer gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any


class Worker:
    """An instance's unit of work, fed by hand."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._deployment = Deployment.of(system.probe.declared, system.settings(policy=system.environment().get("BATON_POLICY")))

    def commit(self, records: list[Found], expected: dict[int, int]) -> dict[int, int]:
        """Commit records of one topic in one transaction, as an assignment that expects these positions; returns the new ones."""
        return asyncio.run(self._commit(records, expected))

    async def _commit(self, records: list[Found], expected: dict[int, int]) -> dict[int, int]:
        client = connect(self._system.addresses.mongo)
        try:
            ends = await Committer(self._deployment, client, Metrics("test")).batch(self._work(records, expected))
        finally:
            await client.close()
        return {part.tp.partition: end for part, end in ends.items()}

    def _work(self, records: list[Found], expected: dict[int, int]) -> Work:
        reader, work = self._deployment.reader(), Work()
        for partition, some in groupby(records, lambda record: record.partition):
            topic = records[0].topic
            fence = f"{self._deployment.group}:{topic}:{partition}"
            part = Part(TopicPartition(topic, partition), fence, next=expected[partition])
            taken = [Taken.of(record, reader.read) for record in map(_as_read, some)]
            work.append((Lane(partition, 2000, parts={topic: part}), taken))
        return work


def _as_read(found: Found) -> Read:
    """The record as a consumer gives it."""
    headers = tuple(found.headers.items())
    return Read(found.topic, found.partition, found.offset, found.timestamp, found.key, found.value, headers)


@pytest.fixture(scope="module")
def begin(probe: Probe, make: Make) -> Callable[[], System]:
    """A system whose fences stand at the beginning, and no instance runs."""
    system = make(probe)

    def fresh() -> System:
        for collection in ("inbox", "outbox", "fences", probe.collection):
            system.db[collection].delete_many({})
        topic = probe.topic.name(system.prefix)
        ends = dict.fromkeys(range(4), 0)
        for record in read_topic(system.addresses.kafka, topic):
            ends[record.partition] = record.offset + 1
        group = probe.declared.group(system.prefix)
        system.db.fences.insert_many([{"_id": f"{group}:{topic}:{p}", "next": end} for p, end in ends.items()])
        system.changes.clear()
        return system

    return fresh


def _published(system: System, key: str, times: int) -> tuple[list[Found], int]:
    """So many changes of one aggregate on their topic, and the position before them."""
    system.publish([key], times)
    topic = system.probe.topic.name(system.prefix)
    records = [r for r in read_topic(system.addresses.kafka, topic) if r.key == key.encode()]
    return records[-times:], records[-times].offset


def _applied(system: System, key: str) -> int:
    document = system.aggregate(key)
    return int(document["applied"]) if document else 0


def test_a_batch_committed_already_is_fenced_even_with_the_inbox_emptied(begin: Callable[[], System]) -> None:
    """A zombie that commits what its successor has committed already changes nothing: the fence has moved on from where it expects it."""
    system = begin()
    records, start = _published(system, "zombie", 4)
    lane = system.lane("zombie")
    assert Worker(system).commit(records, {lane: start}) == {lane: records[-1].offset + 1}
    system.forget_inbox()
    before = system.aggregate("zombie"), system.db.outbox.count_documents({})
    with pytest.raises(Fenced):
        Worker(system).commit(records, {lane: start})
    with pytest.raises(Fenced):
        Worker(system).commit(records[2:], {lane: records[2].offset})
    assert (system.aggregate("zombie"), system.db.outbox.count_documents({})) == before
    assert system.db.inbox.count_documents({}) == 0


def test_a_batch_out_of_turn_is_fenced_and_nothing_is_skipped(begin: Callable[[], System]) -> None:
    """The fence is a chain, not a high-water mark: a later batch cannot overtake an earlier one, and both have their effect in turn."""
    system = begin()
    records, start = _published(system, "out-of-turn", 6)
    lane = system.lane("out-of-turn")
    with pytest.raises(Fenced):
        Worker(system).commit(records[3:], {lane: records[3].offset})
    assert (_applied(system, "out-of-turn"), system.db.outbox.count_documents({}), system.db.inbox.count_documents({})) == (0, 0, 0)
    ends = Worker(system).commit(records[:3], {lane: start})
    Worker(system).commit(records[3:], ends)
    assert _applied(system, "out-of-turn") == 6


def test_one_fenced_lane_takes_the_whole_transaction_with_it(begin: Callable[[], System]) -> None:
    """Waiting lanes share a transaction: it happens as a whole or not at all."""
    system = begin()
    key = "first"
    other = next(name for name in map("other-{}".format, range(100)) if system.lane(name) != system.lane(key))
    records, start = _published(system, key, 2)
    others, elsewhere = _published(system, other, 2)
    with pytest.raises(Fenced):
        Worker(system).commit([*records, *others], {system.lane(key): start, system.lane(other): elsewhere + 1})
    assert (_applied(system, key), _applied(system, other)) == (0, 0)
    Worker(system).commit([*records, *others], {system.lane(key): start, system.lane(other): elsewhere})
    assert (_applied(system, key), _applied(system, other)) == (2, 2)


def test_a_batch_behind_a_gap_in_offsets_is_in_turn(begin: Callable[[], System]) -> None:
    """Transaction markers and aborted records leave gaps: what is expected is a position, not a count."""
    system = begin()
    records, start = _published(system, "gap", 3)
    ends = Worker(system).commit(records[:1], {system.lane("gap"): start})
    Worker(system).commit(records[2:], ends)  # the record between them stands for an aborted one
    assert _applied(system, "gap") == 2
    fence = system.db.fences.find_one({"next": records[2].offset + 1, "last": records[2].offset})
    assert fence is not None
