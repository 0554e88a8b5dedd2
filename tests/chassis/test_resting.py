"""How long partitions rest after a small poll, by what a small transaction takes."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from chassis.consumer import rest_after
from chassis.flights import SMALL, Flights
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


def test_only_small_transactions_say_how_long_one_takes() -> None:
    """A backlog's transactions take long because they are large, which is no reason to rest."""
    holding = Holding(a_deployment(), None, Metrics("test"), "this instance")  # type: ignore[arg-type]  # the database is not asked
    flights = Flights(holding, None, SimpleNamespace(wake=asyncio.Event()), None)  # type: ignore[arg-type]  # nothing else is asked
    for count, least, most in ((SMALL, 0.0, 0.0), (SMALL - 1, 0.09, 0.2)):
        lane = Lane(0, SMALL, flown=time.monotonic() - 0.8)
        lane.add(taken := [Taken(Value(), [], 1)] * count)
        flights._landed([(lane, taken)], {})
        assert least <= holding.small_flight <= most
        assert not lane.queue
