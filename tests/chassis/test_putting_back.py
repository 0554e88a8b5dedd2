"""Parked records put back once the cause is mended: each once, in order with what their aggregate said since, whoever else is at work."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pymongo.errors import OperationFailure

from chassis import outbox, parking
from chassis.holding import Holding
from chassis.mongo import Client, Session, insert, transaction
from chassis.outbox import Page, Publication, unbundled
from chassis.parked import aggregates, ask_again, owners_of
from chassis.part import Lane
from chassis.relay import Relay
from stack.addresses import Addresses
from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration
TINY, ENOUGH = 20_000, 200_000
"""`max.message.bytes` of the topic, at first and when it is mended."""


@asynccontextmanager
async def _admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    yield admin
    await admin.close()


class Topic:
    """A topic of one partition that takes tiny records only, until it is mended."""

    def __init__(self, kafka: str, name: str) -> None:
        self.kafka, self.name = kafka, name

    async def make(self) -> None:
        """Make it."""
        async with _admin(self.kafka) as admin:
            await admin.create_topics([NewTopic(self.name, 1, 1, topic_configs={"max.message.bytes": str(TINY)})])

    async def mend(self) -> None:
        """Have it take larger records, and wait until it does."""
        resource = ConfigResource(ConfigResourceType.TOPIC, self.name, configs={"max.message.bytes": str(ENOUGH)})
        async with _admin(self.kafka) as admin:
            await admin.alter_configs([resource])

    async def published(self) -> list[str]:
        """What stands on it, by label."""
        tp = TopicPartition(self.name, 0)
        async with AIOKafkaConsumer(
            bootstrap_servers=self.kafka, auto_offset_reset="earliest", isolation_level="read_committed"
        ) as consumer:
            consumer.assign([tp])
            end = (await consumer.end_offsets([tp]))[tp]
            found: list[str] = []
            while len(found) < end:
                record = await asyncio.wait_for(consumer.getone(), 20)
                found.append(record.value.decode().rstrip("."))
            return found

    def record(self, owner: str, n: int, size: int = 100) -> Publication:
        """The n-th record of an aggregate."""
        value = f"{owner}{n}".encode().ljust(size, b".")
        return Publication(self.name, 0, owner.encode(), value, [("n", str(n).encode()), ("none", None)], owner)


@pytest.fixture
async def topic(stack_under_test: Addresses, prefix: str) -> Topic:
    """One that refuses large records."""
    topic = Topic(stack_under_test.kafka, f"{prefix}.tiny")
    await topic.make()
    return topic


@pytest.fixture(autouse=True)
def looking_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for the next look."""
    monkeypatch.setattr(parking, "LOOK", 0.0)


def _relay(bench: Bench) -> Relay:
    """The relay of an instance that holds the lane."""
    holding = Holding(bench.deployment, bench.db, bench.committer.metrics, "an instance")
    holding.lanes[0] = Lane(0, 100)
    return Relay(holding)


async def _say(bench: Bench, position: int, *records: Publication) -> None:
    """What a transaction leaves in the outbox."""
    page = Page(0, position)
    for record in records:
        page.add(record)
    await insert(bench.db, "outbox", [*page.documents()], None)


async def _publish(relay: Relay) -> None:
    """Publish past a first failure or two; for good ones, a test fails rather than waits."""
    for _ in range(5):
        if await relay._publish_all() is None:
            return
    raise AssertionError("publishing goes on failing")


async def _parked(bench: Bench) -> list[str]:
    """What is parked, by label, in the order in which it was said."""
    rows = await bench.db.parked.find(sort=[("position", 1), ("part", 1)]).to_list(None)
    return [bytes(record[3]).decode().rstrip(".") for row in rows for record in row["records"]]


async def _park_b(bench: Bench, topic: Topic) -> Relay:
    """A relay that has parked b's first three records, and published a's."""
    relay = _relay(bench)
    await _say(bench, 1, topic.record("a", 1), topic.record("b", 1, 2 * TINY), topic.record("b", 2))
    await _say(bench, 2, topic.record("b", 3), topic.record("a", 2))
    await _publish(relay)
    assert (await _parked(bench), await topic.published(), relay.parked) == (["b1", "b2", "b3"], ["a1", "a2"], {"b"})
    return relay


async def test_what_was_parked_is_published_before_what_its_aggregate_said_since(bench: Bench, topic: Topic) -> None:
    """Guarantee: put back, every record is published once, the same to the byte, in the order of its aggregate: what was said while it was
    parked, what was parked after the request, and what came while it was put back."""
    relay = await _park_b(bench, topic)
    await _say(bench, 3, topic.record("b", 4))
    await _publish(relay)
    before = await bench.db.parked.find({}, {"_id": 0, "records": 1}, sort=[("position", 1)]).to_list(None)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    late = {"lane": 0, "position": 4, "part": 0, "owner": "b", "reason": "…", "records": [list(topic.record("b", 5))]}
    await bench.db.parked.insert_one(late)
    await _say(bench, 5, topic.record("b", 6), topic.record("a", 3))
    held = relay._holding.lanes
    assert await relay._parking.look(held)
    again = await bench.db.outbox.find(sort=[("position", 1)]).to_list(None)
    packed = [[Publication(*record).packed() for record in row["records"]] for row in [*before, late]]
    assert [[record.packed() for record in unbundled(document["records"])] for document in again[:-1]] == packed
    await _publish(relay)
    await relay.close()
    found = await topic.published()
    assert [one for one in found if one[0] == "b"] == [f"b{n}" for n in range(1, 7)]
    assert [one for one in found if one[0] == "a"] == ["a1", "a2", "a3"]
    assert (await _parked(bench), relay.parked) == ([], frozenset())


async def test_what_was_found_in_the_outbox_before_is_not_published_first(bench: Bench, topic: Topic) -> None:
    """Guarantee: later records that the relay has in hand when it puts older ones back do not go before them."""
    relay = await _park_b(bench, topic)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await _say(bench, 3, topic.record("b", 4))
    await _publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_what_the_broker_still_refuses_is_parked_again(bench: Bench, topic: Topic) -> None:
    """Guarantee: put back in vain, the records are parked again with their reason, asked for no more, and in order with later ones."""
    relay = await _park_b(bench, topic)
    await ask_again(bench.db, ["b"], "operator-1")
    await _say(bench, 3, topic.record("b", 4))
    await _publish(relay)
    assert (await _parked(bench), await topic.published()) == (["b1", "b2", "b3", "b4"], ["a1", "a2"])
    (shown,) = await aggregates(bench.db, {}, 10)
    assert (shown["again"], shown["by"], shown["records"], shown["position"]) == (False, None, 4, 1)
    assert "MessageSizeTooLargeError" in shown["reason"]
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await _publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_an_instance_that_takes_over_follows_a_request_from_before(bench: Bench, topic: Topic) -> None:
    """Guarantee: a request that nobody followed is followed by whoever is assigned the lane, before anything newer."""
    first = await _park_b(bench, topic)
    await first.close()
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await _say(bench, 3, topic.record("b", 4))
    second = _relay(bench)
    await _publish(second)
    await second.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_two_instances_that_both_believe_to_hold_the_lane_put_back_once(bench: Bench, topic: Topic) -> None:
    """Guarantee: rows go back in one transaction, so that whoever is second moves nothing, and stays right about what is parked."""
    first = await _park_b(bench, topic)
    second, third = _relay(bench), _relay(bench)
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
    relay = await _park_b(bench, topic)
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
    await _say(bench, 3, topic.record("a", 3), topic.record("b", 4))
    relay._parking._due = 0.0
    await _publish(relay)
    assert (await _parked(bench), await topic.published()) == (["b1", "b2", "b3", "b4"], ["a1", "a2", "a3"])
    monkeypatch.setattr(parking, "insert", insert)
    relay._parking._due = 0.0
    await _publish(relay)
    await relay.close()
    assert [one for one in await topic.published() if one[0] == "b"] == ["b1", "b2", "b3", "b4"]


async def test_parts_of_one_transaction_come_back_as_parts(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: records of a large transaction, which are several documents of one position, keep their order."""
    monkeypatch.setattr(outbox, "DOCUMENT_LIMIT", 1)
    relay = _relay(bench)
    await _say(bench, 1, topic.record("b", 1, 2 * TINY), topic.record("b", 2), topic.record("b", 3))
    await _publish(relay)
    rows = await bench.db.parked.find().to_list(None)
    await bench.db.parked.delete_many({})
    await bench.db.parked.insert_many(rows[::-1])  # the order in which they were written is no order
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await _publish(relay)
    await relay.close()
    assert await topic.published() == ["b1", "b2", "b3"]


async def test_an_instance_that_comes_too_late_parks_nothing(bench: Bench, topic: Topic) -> None:
    """Guarantee: what was parked, put back and published by the lane's next holder is not parked again by its last one, which held the
    broker's refusal all the time; and that one asks anew what is parked."""
    last = _relay(bench)
    await _say(bench, 1, topic.record("a", 1), topic.record("b", 1, 2 * TINY))
    document = await bench.db.outbox.find_one()
    (a, b), met = unbundled(document["records"]), OperationFailure("refused")
    next_ = _relay(bench)
    await _publish(next_)
    await last._parking.look(last._holding.lanes)
    await last._parking.look(last._holding.lanes)
    await topic.mend()
    await ask_again(bench.db, ["b"], "operator-1")
    await _publish(next_)
    await last._parking.park(document, [b], [a.packed()], {"b": met})
    assert (await _parked(bench), await bench.db.outbox.count_documents({})) == ([], 0)
    assert await last._parking.look(last._holding.lanes)
    assert last.parked == frozenset()
    await next_.close()


async def test_a_parking_of_unknown_outcome_is_looked_up(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: where the answer to parking was lost, later records of the aggregate are not published past it."""
    relay = _relay(bench)
    await _publish(relay)

    @asynccontextmanager
    async def without_an_answer(client: Client) -> AsyncIterator[Session]:
        async with transaction(client) as session:
            yield session
        raise OperationFailure("the answer was lost")

    await _say(bench, 1, topic.record("b", 1, 2 * TINY))
    monkeypatch.setattr(parking, "transaction", without_an_answer)
    assert isinstance(await relay._publish_all(), OperationFailure)
    monkeypatch.setattr(parking, "transaction", transaction)
    await _say(bench, 2, topic.record("b", 2))
    await _publish(relay)
    await relay.close()
    assert (await _parked(bench), await topic.published()) == (["b1", "b2"], [])


async def test_the_list_says_what_is_parked_and_why_but_not_what_the_records_say(bench: Bench, topic: Topic) -> None:
    """Guarantee: operators see each aggregate with its count, age, reason and topics, page by page, and who asked; no content."""
    relay = await _park_b(bench, topic)
    await _say(bench, 3, topic.record("c", 1, 2 * TINY))
    await _publish(relay)
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
