"""How long partitions rest after a small poll, by what a small transaction takes."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from chassis.consumer import LaneSubscriber, rest_after
from chassis.flights import LONG, SHARE, SMALL, SMALL_BYTES, Flights
from chassis.holding import Holding
from chassis.metrics import Metrics
from chassis.part import Lane, Taken
from tests.chassis.given import Value, a_deployment


@pytest.mark.parametrize(
    ("small_flight", "linger", "rest"),
    [(0.0, 0.02, 0.02), (0.004, 0.02, 0.02), (0.02, 0.02, 0.05), (5.0, 0.02, 0.1), (5.0, 0.5, 0.5)],
)
def test_partitions_rest_longer_where_transactions_take_long_and_never_much_longer(small_flight: float, linger: float, rest: float) -> None:
    """A fast machine rests as long as it is told. On a slow one a transaction has company; no record waits long for a slow database."""
    assert rest_after(small_flight, linger) == pytest.approx(rest)


def _landed(taken: list[Taken], took: float) -> float:
    """`small_flight` behind one transaction of these records."""
    holding = Holding(a_deployment(), None, Metrics("test"), "this instance")  # type: ignore[arg-type]  # the database is not asked
    flights = Flights(holding, None, SimpleNamespace(wake=asyncio.Event()), None)  # type: ignore[arg-type]  # nothing else is asked
    lane = Lane(0, SMALL)
    lane.add(taken)
    flights._landed([(lane, taken)], {}, took)
    assert not lane.queue
    return holding.small_flight


@pytest.mark.parametrize(
    ("count", "weight", "took", "small_flight"),
    [
        (SMALL - 1, 1, 0.08, 0.01),
        (SMALL - 1, 1, 60.0, LONG * SHARE),
        (SMALL, 1, 0.08, 0.0),
        (1, SMALL_BYTES, 0.08, 0.0),
    ],
    ids=["small", "stalled", "many", "large"],
)
def test_only_small_transactions_say_how_long_one_takes(count: int, weight: int, took: float, small_flight: float) -> None:
    """A backlog's transactions take long because they are large, which is no reason to rest; nor is a stall, for long."""
    assert _landed([Taken(Value(), [], weight)] * count, took) == pytest.approx(small_flight)


async def test_the_partitions_rest_as_long_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured is what is rested for, before the next fetch."""
    holding = Holding(a_deployment(), None, Metrics("test"), "this instance")  # type: ignore[arg-type]  # the database is not asked
    holding.small_flight = 0.03
    subscriber = LaneSubscriber.__new__(LaneSubscriber)  # its polling, without the rest of FastStream's subscriber
    subscriber.holding, subscriber.linger, subscriber._resting = holding, 0.02, [TopicPartition("any", 0)]
    rested: list[float] = []

    async def sleep(seconds: float) -> None:
        rested.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await subscriber._company(SimpleNamespace(assignment=set, resume=lambda *some: None))
    assert rested == [pytest.approx(0.075)]
