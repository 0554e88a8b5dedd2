"""Parked records put back once the cause is mended: each once, in order with what their aggregate said since, whoever else is at work."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from chassis import outbox, parking
from chassis.mongo import insert
from chassis.outbox import Publication, unbundled
from chassis.parked import aggregates, ask_again
from tests.chassis.counting import Bench
from tests.chassis.tiny_topic import TINY, Topic, a_relay, park_b, parked, publish, say

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("looking_always")]


async def test_what_was_parked_is_published_before_what_its_aggregate_said_since(bench: Bench, topic: Topic) -> None:
    """Guarantee: put back, every record is published once, the same to the byte, in the order of its aggregate: what was said while it was
    parked, what was parked after the request, and what came while it was put back."""
    relay = await park_b(bench, topic)
    await say(bench, 3, topic.record("b", 4))
    await publish(relay)
    before = await bench.db.parked.find({}, {"_id": 0, "records": 1}, sort=[("position", 1)]).to_list(None)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    late = {"lane": 0, "position": 4, "part": 0, "owner": "b", "reason": "…", "records": [list(topic.record("b", 5))]}
    await bench.db.parked.insert_one(late)
    await say(bench, 5, topic.record("b", 6), topic.record("a", 3))
    held = relay._holding.lanes
    assert await relay._parking.look(held)
    again = await bench.db.outbox.find(sort=[("position", 1)]).to_list(None)
    packed = [[Publication(*record).packed() for record in row["records"]] for row in [*before, late]]
    assert [[record.packed() for record in unbundled(document["records"])] for document in again[:-1]] == packed
    await publish(relay)
    await relay.close()
    found = await topic.published()
    assert [one for one in found if one[0] == "b"] == [f"b{n}" for n in range(1, 7)]
    assert [one for one in found if one[0] == "a"] == ["a1", "a2", "a3"]
    assert (await parked(bench), relay.parked) == ([], frozenset())


async def test_what_was_found_in_the_outbox_before_is_not_published_first(bench: Bench, topic: Topic) -> None:
    """Guarantee: later records that the relay has in hand when it puts older ones back do not go before them."""
    relay = await park_b(bench, topic)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await say(bench, 3, topic.record("b", 4))
    await publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_what_the_broker_still_refuses_is_parked_again(bench: Bench, topic: Topic) -> None:
    """Guarantee: put back in vain, the records are parked again with their reason, asked for no more, and in order with later ones."""
    relay = await park_b(bench, topic)
    await ask_again(bench.db, ["b"], "operator-1")
    await say(bench, 3, topic.record("b", 4))
    await publish(relay)
    assert (await parked(bench), await topic.published()) == (["b1", "b2", "b3", "b4"], ["a1", "a2"])
    (shown,) = await aggregates(bench.db, {}, 10)
    assert (shown["again"], shown["by"], shown["records"], shown["position"]) == (False, None, 4, 1)
    assert "MessageSizeTooLargeError" in shown["reason"]
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_an_instance_that_takes_over_follows_a_request_from_before(bench: Bench, topic: Topic) -> None:
    """Guarantee: a request that nobody followed is followed by whoever is assigned the lane, before anything newer."""
    first = await park_b(bench, topic)
    await first.close()
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await say(bench, 3, topic.record("b", 4))
    second = a_relay(bench)
    await publish(second)
    await second.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_two_instances_that_both_believe_to_hold_the_lane_put_back_once(bench: Bench, topic: Topic) -> None:
    """Guarantee: rows go back in one transaction, so that whoever is second moves nothing, and stays right about what is parked."""
    first = await park_b(bench, topic)
    second, third = a_relay(bench), a_relay(bench)
    for relay in (second, third):
        while await relay._parking.look(relay._holding.lanes):
            pass
    await ask_again(bench.db, ["b"], "operator-1")
    await asyncio.gather(*(relay._parking.look(relay._holding.lanes) for relay in (first, second)))
    for relay in (first, second):
        await relay._parking.look(relay._holding.lanes)
        assert relay.parked == frozenset()
    assert await third._parking.look(third._holding.lanes), "an aggregate that somebody else put back has older records again"
    assert sum(document["count"] for document in await bench.db.outbox.find().to_list(None)) == 3
    await first.close()


async def test_what_cannot_be_put_back_stays_parked_as_a_whole_and_holds_nobody_up(
    bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: a put-back that fails half-way has moved nothing; the other aggregates go on, and the next look tries again."""
    relay = await park_b(bench, topic)
    monkeypatch.setattr(parking, "DOCUMENT_LIMIT", 1)

    async def insert_one_only(database: Any, collection: str, documents: Sequence[Any], session: Any) -> None:
        if len(left) == 0:
            raise OperationFailure("not now")
        left.pop()
        await insert(database, collection, documents, session)

    left = [1]
    monkeypatch.setattr(parking, "insert", insert_one_only)
    monkeypatch.setattr(parking, "LOOK", 60.0)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await say(bench, 3, topic.record("a", 3), topic.record("b", 4))
    relay._parking._due = 0.0
    await publish(relay)
    assert (await parked(bench), await topic.published()) == (["b1", "b2", "b3", "b4"], ["a1", "a2", "a3"])
    monkeypatch.setattr(parking, "insert", insert)
    relay._parking._due = 0.0
    await publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_parts_of_one_transaction_come_back_as_parts(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: records of a large transaction, which are several documents of one position, keep their order."""
    monkeypatch.setattr(outbox, "DOCUMENT_LIMIT", 1)
    relay = a_relay(bench)
    await say(bench, 1, topic.record("b", 1, 2 * TINY), topic.record("b", 2), topic.record("b", 3))
    await publish(relay)
    rows = await bench.db.parked.find().to_list(None)
    await bench.db.parked.delete_many({})
    await bench.db.parked.insert_many(rows[::-1])  # the order in which they were written is no order
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await publish(relay)
    await relay.close()
    assert await topic.published() == ["b1", "b2", "b3"]
