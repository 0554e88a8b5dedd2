"""Publishing where the broker refuses a record for good: it is parked with its aggregate's later ones, and no other is held up."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from chassis.mongo import insert
from chassis.outbox import Page, Publication, unbundled
from chassis.sending import NotAnswered, Sender, is_final
from stack.addresses import Addresses
from tests.chassis.counting import Bench
from tests.chassis.not_now import NotNow
from tests.chassis.tiny_topic import TINY, Topic, a_relay, published

pytestmark = pytest.mark.integration


@pytest.fixture
async def topic(stack_under_test: Addresses, prefix: str) -> str:
    """A topic of one partition that takes tiny records only."""
    tiny = Topic(stack_under_test.kafka, f"{prefix}.tiny")
    await tiny.make()
    return tiny.name


def _record(topic: str, owner: str, n: int, size: int = 100) -> Publication:
    return Publication(topic, 0, owner.encode(), f"{owner}{n}".encode().ljust(size, b"."), [("n", str(n).encode())], owner)


def _page(position: int, records: Iterable[Publication]) -> Page:
    page = Page(0, position)
    for record in records:
        page.add(record)
    return page


def _mixed(topic: str) -> Sequence[Publication]:
    """Three aggregates in one producer batch; the first record of the second is too large, and alone too large."""
    return [
        _record(topic, "a", 1),
        _record(topic, "b", 1, 2 * TINY),
        _record(topic, "c", 1),
        _record(topic, "b", 2),
        _record(topic, "a", 2),
    ]


async def test_only_the_refused_record_of_a_refused_batch_is_held_against_its_aggregate(stack_under_test: Addresses, topic: str) -> None:
    """Guarantee: aggregates that shared a producer batch with a record that the broker refuses are published, in order."""
    sender = Sender(stack_under_test.kafka, 20)
    results = await sender.send(_mixed(topic))
    await sender.close()
    assert [result is not None and is_final(result) for result in results] == [False, True, False, True, False]
    assert await published(stack_under_test.kafka, topic) == ["a1", "c1", "a2"]


async def test_small_records_that_are_too_large_together_are_all_published(stack_under_test: Addresses, topic: str) -> None:
    """Guarantee: a batch that is too large for its topic, of records that are not, costs nothing but time."""
    sender = Sender(stack_under_test.kafka, 20)
    records = [_record(topic, owner, n, TINY // 4) for n in range(4) for owner in "ab"]
    assert await sender.send(records) == [None] * 8
    await sender.close()
    assert await published(stack_under_test.kafka, topic) == [f"{owner}{n}" for n in range(4) for owner in "ab"]


async def test_nothing_overtakes_a_batch_that_failed(stack_under_test: Addresses, topic: str) -> None:
    """Guarantee: order of an aggregate's first occurrences. A broker that knows nothing of a producer takes its second batch after it
    refused the first: so the second is not sent before the first has been answered."""
    sender = Sender(stack_under_test.kafka, 20)
    first = [_record(topic, "a", 1), *(_record(topic, "b", n, 100_000) for n in range(5))]
    results = await sender.send([*first, _record(topic, "c", 1, 100_000), _record(topic, "a", 2)])
    await sender.close()
    assert results[0] is None
    assert results[-1] is not None
    assert not is_final(results[-1])
    assert await published(stack_under_test.kafka, topic) == ["a1"]


async def test_an_aggregate_with_a_record_that_is_never_taken_is_parked_and_the_others_go_on(
    stack_under_test: Addresses, topic: str, bench: Bench
) -> None:
    """Guarantee: a record the broker will never take is parked with its aggregate's later ones, and raised; all others are published."""
    relay = a_relay(bench)
    later = [_record(topic, "b", 3), _record(topic, "a", 3)]
    for position, records in enumerate([_mixed(topic), later], 1):
        await insert(bench.db, "outbox", [*_page(position, records).documents()], None)
    while await relay._publish_all(afresh=True):
        pass
    await relay.close()
    assert await bench.db.outbox.count_documents({}) == 0
    parked = await bench.db.parked.find(sort=[("position", 1)]).to_list(None)
    assert [row["owner"] for row in parked] == ["b", "b"]
    assert [_label(record) for row in parked for record in row["records"]] == ["b1", "b2", "b3"]
    assert relay.parked == {"b"}
    found = await published(stack_under_test.kafka, topic)
    assert [one for one in dict.fromkeys(found) if one[0] == "a"] == ["a1", "a2", "a3"]
    assert "c1" in found


async def test_a_partition_that_takes_nothing_holds_up_its_own_aggregates_only(
    stack_under_test: Addresses, topic: str, bench: Bench
) -> None:
    """Guarantee: on a failure the relay goes on, however much is kept. Of an aggregate with a record that failed in an earlier look at the
    outbox nothing is sent; what was sent side by side with the one that failed, to another partition, is not published again."""
    relay = a_relay(bench)
    nowhere = _record(topic, "x", 1)._replace(partition=7)
    for position in range(20):
        await insert(bench.db, "outbox", [*_page(position, [nowhere._replace(owner=f"x{position}")]).documents()], None)
    await insert(bench.db, "outbox", [*_page(20, [_record(topic, owner, 2) for owner in ("x3", "x19", "a")]).documents()], None)
    for _ in range(2):
        assert await relay._publish_all(afresh=True) is not None
    await relay.close()
    assert await published(stack_under_test.kafka, topic) == ["x192", "a2"]
    left = await bench.db.outbox.find(sort=[("position", 1)]).to_list(None)
    kept = [record for document in left for record in unbundled(document["records"])]
    assert [record.owner for record in kept] == [*(f"x{n}" for n in range(20)), "x3"]


def test_a_missing_permission_is_not_held_against_a_record() -> None:
    """Guarantee: what an operator can mend parks nothing: it waits in the outbox, and is published when it is mended."""
    assert not is_final(TopicAuthorizationFailedError())


def _label(record: list[Any]) -> str:
    return bytes(record[3]).decode().rstrip(".")


async def test_a_partition_that_does_not_answer_holds_up_no_other(
    stack_under_test: Addresses, topic: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: a broker that goes on saying "not now" for one partition is given up after a while; the others are published, and the
    producer that was given up sends nothing more."""
    lonely = f"{prefix}.lonely"
    broker = NotNow(lonely)
    await broker.begin(monkeypatch, stack_under_test.kafka)
    sender = Sender(stack_under_test.kafka, 5)
    records = [_record(lonely, "a", 1), _record(topic, "b", 1), _record(lonely, "a", 2), _record(topic, "b", 2)]
    results = await sender.send(records)
    assert [type(result) for result in results] == [NotAnswered, type(None), NotAnswered, type(None)]
    asked = broker.asked
    await asyncio.sleep(1)
    assert broker.asked == asked
    broker.over = True
    assert await sender.send([_record(lonely, "a", 1)]) == [None]
    await sender.close()
    assert await published(stack_under_test.kafka, topic) == ["b1", "b2"]
    assert await published(stack_under_test.kafka, lonely) == ["a1"]


@pytest.mark.parametrize("leaderless", [False, True])
async def test_a_producer_that_is_given_up_while_it_waits_for_an_answer_leaves_nothing_open(
    stack_under_test: Addresses, prefix: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, leaderless: bool
) -> None:
    """Guarantee: however often publishing fails, connections do not add up, and the client's own tasks end without an error of theirs."""
    lonely = f"{prefix}.lonely"
    broker = NotNow(lonely, pause=0.4, leaderless=leaderless)
    await broker.begin(monkeypatch, stack_under_test.kafka)
    for _ in range(2):
        sender = Sender(stack_under_test.kafka, 1)
        (result,) = await sender.send([_record(lonely, "a", 1)])
        assert isinstance(result, NotAnswered)
    assert len(broker.producers) == 2
    assert not any(one.connected() for producer in broker.producers for one in producer.client._conns.values())
    assert [record for record in caplog.records if record.name == "asyncio"] == []
