"""What a lane holds, and how much of it: bounds of memory and of a transaction."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from chassis.deployment import Deployment
from chassis.holding import QUEUED_BYTES, Holding
from chassis.incoming import Incoming
from chassis.metrics import Metrics
from chassis.part import TRANSACTION_BYTES, Lane, Part, Taken
from tests.chassis.given import Value, a_deployment, count

LARGE = b"x" * (2 << 20)


def _unread(*_: Any) -> list[Incoming]:
    return []


def taken(number: int, value: bytes = b"{}") -> list[Taken]:
    """So many records of this content that wait."""
    return [Taken.of(Value(offset=n, value=value), _unread) for n in range(number)]


@pytest.fixture
def holding() -> Holding:
    """Three open lanes; nothing waits."""
    deployment: Deployment = a_deployment(count)
    held = Holding(deployment, None, Metrics("test"), "this instance")  # type: ignore[arg-type]  # the database is not asked
    for number in range(3):
        tp = TopicPartition("baton.deals.commands", number)
        part = held.parts[tp] = Part(tp, str(tp), open=True)
        held.lanes[number] = Lane(number, held.batch, parts={tp.topic: part})
    return held


def asked_for(holding: Holding) -> list[int]:
    """The partitions that the next poll asks for."""
    return [tp.partition for tp in holding.wanted()]


def test_a_transaction_takes_large_records_by_their_bytes() -> None:
    """Guarantee: a batch fits the database whatever its records weigh, and a record that is large by itself is taken too."""
    lane = Lane(0, 2000)
    lane.add(taken(10, LARGE))
    some = lane.first(2000)
    assert len(some) == TRANSACTION_BYTES // len(LARGE)
    lane.drop(9)
    assert len(lane.first(2000)) == 1
    assert lane.weight == lane.first(1)[0].weight


def test_a_record_weighs_what_its_headers_weigh() -> None:
    """Guarantee: a stranger's headers of a megabyte count like a value of a megabyte."""
    bare, laden = Value(), Value(headers=[("ce_note", LARGE), ("empty", None)])
    assert Taken.of(laden, _unread).weight - Taken.of(bare, _unread).weight == len("ce_note") + len(LARGE) + len("empty")


def test_large_records_wait_in_the_broker_rather_than_in_memory(holding: Holding) -> None:
    """Guarantee: memory is bounded by bytes; a lane with nothing at all is asked for even then, so that no lane waits for another."""
    holding.lanes[0].add(taken(QUEUED_BYTES // len(LARGE) + 1, LARGE))
    holding.lanes[1].add(taken(1))
    assert asked_for(holding) == [2]
    holding.lanes[0].drop(5)
    assert asked_for(holding) == [0, 1, 2]


def test_no_more_records_are_asked_for_than_can_fly_and_follow(holding: Holding) -> None:
    """Guarantee: memory does not grow with the number of lanes."""
    holding.most = 100
    holding.lanes[0].add(taken(60))
    holding.lanes[1].add(taken(40))
    assert asked_for(holding) == [2]
    holding.lanes[1].drop(1)
    assert asked_for(holding) == [0, 1, 2]
