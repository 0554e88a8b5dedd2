"""What is parked and what is known of it: nothing too late, nothing on a guess, nothing of what records say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymongo.errors import OperationFailure

from chassis import parking
from chassis.mongo import Client, Session, transaction
from chassis.outbox import unbundled
from chassis.parked import aggregates, ask_again, owners_of
from tests.chassis.counting import Bench
from tests.chassis.tiny_topic import TINY, Topic, a_relay, park_b, parked, publish, say

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("looking_always")]


async def test_an_instance_that_comes_too_late_parks_nothing(bench: Bench, topic: Topic) -> None:
    """Guarantee: what was parked, put back and published by the lane's next holder is not parked again by its last one, which held the
    broker's refusal all the time; and that one asks anew what is parked."""
    last = a_relay(bench)
    await say(bench, 1, topic.record("a", 1), topic.record("b", 1, 2 * TINY))
    document = await bench.db.outbox.find_one()
    (a, b), met = unbundled(document["records"]), OperationFailure("refused")
    next_ = a_relay(bench)
    await publish(next_)
    await last._parking.look(last._holding.lanes)
    await last._parking.look(last._holding.lanes)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await publish(next_)
    await next_.settled()
    await last._parking.park(document, [b], [a.packed()], {"b": met})
    assert (await parked(bench), await bench.db.outbox.count_documents({})) == ([], 0)
    assert await last._parking.look(last._holding.lanes)
    assert last.parked == frozenset()
    await next_.close()


async def test_what_a_former_holder_parks_between_two_looks_is_not_overtaken(bench: Bench, topic: Topic) -> None:
    """Guarantee: a relay that has lost its lane, and does not know it yet, may park a record that the holder never saw in the outbox: what
    the aggregate says later waits behind it all the same."""
    holder, former = a_relay(bench), a_relay(bench)
    await publish(holder)
    await say(bench, 1, topic.record("b", 1, 2 * TINY))
    await publish(former)
    await say(bench, 2, topic.record("b", 2))
    await publish(holder)
    assert (await parked(bench), await topic.published(), holder.parked) == (["b1", "b2"], [], {"b"})
    for relay in (holder, former):
        await relay.close()


async def test_a_parking_of_unknown_outcome_is_looked_up(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: where the answer to parking was lost, later records of the aggregate are not published past it."""
    relay = a_relay(bench)
    await publish(relay)

    @asynccontextmanager
    async def without_an_answer(client: Client) -> AsyncIterator[Session]:
        async with transaction(client) as session:
            yield session
        raise OperationFailure("the answer was lost")

    await say(bench, 1, topic.record("b", 1, 2 * TINY))
    monkeypatch.setattr(parking, "transaction", without_an_answer)
    with pytest.raises(OperationFailure, match="the answer was lost"):
        await relay._publish_all(afresh=True)
    monkeypatch.setattr(parking, "transaction", transaction)
    await say(bench, 2, topic.record("b", 2))
    await publish(relay)
    await relay.close()
    assert (await parked(bench), await topic.published()) == (["b1", "b2"], [])


async def test_the_list_says_what_is_parked_and_why_but_not_what_the_records_say(bench: Bench, topic: Topic) -> None:
    """Guarantee: operators see each aggregate with its count, age, reason and topics, page by page, and who asked; no content."""
    relay = await park_b(bench, topic)
    await say(bench, 3, topic.record("c", 1, 2 * TINY))
    await publish(relay)
    await relay.close()
    b, c = await aggregates(bench.db, {}, 10)
    assert (b["owner"], b["lanes"], b["records"], b["position"], b["topics"]) == ("b", [0], 3, 1, [topic.name])
    assert b["since"].isoformat() == "1970-01-01T00:00:00.000001+00:00"
    assert "MessageSizeTooLargeError" in b["reason"]
    assert (c["owner"], c["records"], c["again"], c["by"]) == ("c", 1, False, None)
    assert set(b) == {"owner", "lanes", "records", "position", "since", "reason", "topics", "again", "by", "asked_at"}
    assert [one["owner"] for one in await aggregates(bench.db, {}, 1)] == ["b"]
    assert [one["owner"] for one in await aggregates(bench.db, {"owner": {"$gt": "b"}}, 10)] == ["c"]
    assert (await owners_of(bench.db, None), await owners_of(bench.db, ["c", "x"])) == (["b", "c"], ["c"])
    await ask_again(bench.db, ["c"], "operator-1")
    b, c = await aggregates(bench.db, {}, 10)
    assert (b["again"], c["again"], c["by"], c["asked_at"] is not None) == (False, True, "operator-1", True)


async def test_what_is_parked_is_found_without_reading_the_records(bench: Bench) -> None:
    """Guarantee: what the relay asks at each look, is answered from an index, for a row may have megabytes."""
    await bench.db.parked.insert_many({"lane": n % 3, "position": n, "owner": f"b{n % 9}", "records": []} for n in range(90))
    here = {"lane": {"$in": [0, 1]}}
    for where, index in ((here, "lane_1_owner_1"), ({**here, "again": True}, "again_1_lane_1_owner_1")):
        plan = await bench.db.command({"explain": {"distinct": "parked", "key": "owner", "query": where}, "verbosity": "executionStats"})
        assert index in str(plan["queryPlanner"]["winningPlan"])
        assert plan["executionStats"]["totalDocsExamined"] == 0
