"""What must not hang or end a process: pauses, moved partitions, a log that cannot be read."""

import asyncio
import time
from typing import Any

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError

from chassis import offsets
from chassis.consumer import LaneSubscriber
from chassis.crashes import Suspicion
from chassis.flights import Flights
from chassis.holding import Holding
from chassis.part import Lane, Taken
from chassis.relay import Relay
from chassis.takeup import TakeUp
from stack.addresses import Addresses
from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


class Subscriber:
    """Holds the consumer, as FastStream's subscriber does."""

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer


@pytest.fixture
async def holding(bench: Bench, stack_under_test: Addresses) -> Any:
    """Lane 0 of the counting service, open, over a consumer that has been assigned nothing yet."""
    held = Holding(bench.deployment, bench.db, bench.committer.metrics, "this instance")
    consumer = AIOKafkaConsumer(bootstrap_servers=stack_under_test.kafka)
    await consumer.start()
    held.subscriber = Subscriber(consumer)
    held.lanes[0] = bench.lane
    held.parts = {part.tp: part for part in bench.lane.parts.values()}
    yield held
    await consumer.stop()


def test_a_lane_that_backed_off_is_ready_when_it_is_woken() -> None:
    """Guarantee: a lane that failed is tried again though nothing else happens. uvloop's timers are up to a millisecond early."""

    async def early() -> int:
        held = Holding.__new__(Holding)
        held.wake = asyncio.Event()
        lane = Lane(0, 100)
        lane.queue.append(None)  # type: ignore[arg-type]  # something waits
        unready = 0
        for n in range(100):
            held.wake.clear()
            held.wake_after(lane, 0.01 + n / 10_000)
            await held.wake.wait()
            unready += not lane.ready(time.monotonic())
        return unready

    assert uvloop.run(early()) == 0


def test_a_lane_that_has_just_recovered_does_not_take_its_whole_batch_at_once(holding: Holding, bench: Bench) -> None:
    """Guarantee: under a database that is too slow for a full batch, the prefix grows by doubling, instead of failing in full each time."""
    flights = Flights(holding, bench.committer, Relay(holding), TakeUp(holding))
    lane = holding.lanes[0]
    lane.add(Taken.of(bench.count(id=f"m{n}"), lambda *_: []) for n in range(20))
    lane.limit = 5
    ((_, some),) = flights._choose()
    assert len(some) == 5


async def test_what_goes_alone_after_crashes_is_not_worked_on_while_something_is_published(holding: Holding, bench: Bench) -> None:
    """Guarantee: a record is blamed for a death only if nothing else was under way that could have caused it."""
    flights = Flights(holding, bench.committer, Relay(holding), TakeUp(holding))
    record = bench.count(id="m1")
    part = holding.lanes[0].parts[record.topic]
    part.suspicion = Suspicion(since=0, until=10, times=2)
    holding.lanes[0].add([Taken.of(record, holding.reader.read)])
    async with holding.alone:  # as the relay does
        flight = asyncio.create_task(flights._fly(flights._choose()))
        await asyncio.sleep(0.3)
        assert "suspicion" not in await bench.db.fences.find_one({"_id": part.fence})
        assert await bench.counted() == 0
    await flight
    assert await bench.counted() == 1


async def test_lanes_are_given_back_when_what_was_being_published_is_published_and_deleted(holding: Holding, bench: Bench) -> None:
    """Guarantee: where nothing fails, nothing is published twice: who holds the lanes next finds nothing that is under way."""
    relay = Relay(holding)
    flights = Flights(holding, bench.committer, relay, TakeUp(holding))
    deleted = asyncio.Event()
    async with holding.alone:  # as the relay does
        revocation = asyncio.create_task(flights.revoke())
        await asyncio.sleep(0.1)
        assert not revocation.done()
        relay._deletes.add(asyncio.ensure_future(deleted.wait()))
    await asyncio.sleep(0.1)
    assert not revocation.done()
    deleted.set()
    await revocation


async def test_lanes_are_given_back_though_what_is_being_published_does_not_end(
    holding: Holding, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: a broker that does not answer holds up no rebalance for longer than transactions in flight may."""
    monkeypatch.setattr("chassis.flights.DRAIN", 0.1)
    await bench.db.fences.update_many({}, {"$set": {"holder": holding.instance}})
    flights = Flights(holding, bench.committer, Relay(holding), TakeUp(holding))
    async with holding.alone:
        await flights.revoke()
    assert await bench.db.fences.count_documents({"holder": holding.instance}) == 0


def test_partitions_that_moved_while_offsets_were_committed_are_not_measured(holding: Holding) -> None:
    """Guarantee: a rebalance ends no process. aiokafka answers a question about a partition that it does not hold with an assertion."""
    offsets._measure(holding, dict.fromkeys(holding.parts, 0))


async def test_records_that_get_lost_between_the_poll_and_the_lane_are_read_again(holding: Holding, bench: Bench) -> None:
    """Guarantee: nothing is skipped. FastStream logs an error of its own and goes on with the next poll, and the fence, which knows gaps
    from transaction markers, would go past what the first poll brought."""
    first, second = bench.count(id="m1"), bench.count(id="m2")
    tp = TopicPartition(first.topic, 0)
    part = holding.parts[tp]
    part.handed = part.queued = first.offset
    holding.consumer.assign([tp])
    holding.note({tp: [first]})  # and FastStream fails
    holding.accept(holding.note({tp: [second]}))
    assert not holding.lanes[0].queue
    assert await holding.consumer.position(tp) == first.offset
    holding.accept(holding.note({tp: [first, second]}))
    assert [taken.record for taken in holding.lanes[0].queue] == [first, second]


async def test_what_was_salvaged_of_a_partition_that_moved_meanwhile_is_left_alone(
    holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: a partition that went and came back during a salvage begins at its fence: nothing is skipped."""
    tp, part = next(iter(holding.parts.items()))
    holding.consumer.assign([tp])

    async def moved(*_: Any) -> tuple[list[str], int]:
        holding.drop_all()
        holding.add(tp)
        return ["a record far behind the fence"], 500

    monkeypatch.setattr("chassis.consumer.salvage", moved)
    subscriber = LaneSubscriber.__new__(LaneSubscriber)
    subscriber.holding = holding
    assert await subscriber._salvaged(holding.consumer, part) == []
    assert await holding.consumer.position(tp) == 0


async def test_a_partition_that_has_gone_while_it_was_probed_is_not_stopped(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: what a probe finds of a partition that is another's by then concerns nobody here, and ends no poll with an error."""
    tp, part = next(iter(holding.parts.items()))
    holding.consumer.assign(list(holding.parts))
    for one in holding.parts.values():
        one.open, one.handed = True, 7

    async def moved(*_: Any, **__: Any) -> Any:
        holding.drop_all()
        holding.consumer.assign([TopicPartition("another", 0)])
        raise OffsetOutOfRangeError({tp: 7})

    monkeypatch.setattr(holding.consumer, "getmany", moved)
    subscriber = LaneSubscriber.__new__(LaneSubscriber)
    subscriber.holding = holding
    assert await subscriber._one_by_one(holding.consumer, OffsetOutOfRangeError({tp: 7})) == {}
    assert part.stopped is None


async def test_a_partition_that_can_be_read_in_no_way_leaves_the_others_alone(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: a log that is damaged stops its own lane, visibly, and no other."""
    tp, part = next(iter(holding.parts.items()))
    holding.lanes[1] = Lane(1, 100)

    async def corrupt(*_: Any) -> Any:
        raise CorruptRecordException("CRC")

    monkeypatch.setattr("chassis.consumer.salvage", corrupt)
    subscriber = LaneSubscriber.__new__(LaneSubscriber)
    subscriber.holding = holding
    assert await subscriber._salvaged(holding.consumer, part) == []
    assert TopicPartition(tp.topic, tp.partition) not in holding.wanted()
    assert holding.lanes[0].trouble
    assert not holding.lanes[1].trouble
