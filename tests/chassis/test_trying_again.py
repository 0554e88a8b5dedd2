"""What cannot be published is tried again after a pause, in order, and everything else does not wait for that."""

from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from chassis.outbox import Publication, unbundled
from chassis.part import Lane
from chassis.sending import Sender
from tests.chassis.counting import Bench
from tests.chassis.not_now import NotNow
from tests.chassis.relay_at_work import NOWHERE, pauses, running
from tests.chassis.tiny_topic import TINY, Topic, a_relay, parked, publish, published, say
from tests.delivery.waiting import until

pytestmark = pytest.mark.integration

ENOUGH = NOWHERE + 1
"""How many partitions the topic has when it has that one, too."""


async def _failed(bench: Bench, times: int) -> None:
    """Wait until publishing has failed so often."""

    async def so_often() -> bool:
        return _failures(bench) >= times

    await until(so_often)


def _failures(bench: Bench) -> float:
    name = f"baton_{bench.deployment.service.name}_publish_failures_total"
    return bench.committer.metrics.registry.get_sample_value(name) or 0.0


async def _kept(bench: Bench) -> list[str]:
    """What the outbox holds, by label."""
    documents = await bench.db.outbox.find(sort=[("position", 1)]).to_list(None)
    return [(record.value or b"").decode().rstrip(".") for document in documents for record in unbundled(document["records"])]


async def test_what_others_say_is_published_while_what_failed_waits_to_be_tried_again(
    bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: one aggregate whose record cannot be published makes no other's events late. The pause does not end within the test."""
    pauses(monkeypatch, 3600.0)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE))
    async with running(relay := a_relay(bench)):
        await _failed(bench, 1)
        for n in (1, 2, 3):
            await say(bench, 1 + n, topic.record("x", 1 + n), topic.record("a", n))
            relay.wake.set()

            async def said(n: int = n) -> bool:
                return await topic.published() == [f"a{m}" for m in range(1, n + 1)]

            await until(said)
    assert await _kept(bench) == ["x1", "x2", "x3", "x4"]
    assert _failures(bench) == 1, "what waits has not failed once more"


async def test_what_failed_again_and_again_is_published_in_order_when_it_can_be(
    bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: order of an aggregate's events, however often the first of them failed, and whatever was published past them."""
    pauses(monkeypatch, 0.05)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE))

    async def published_all() -> bool:
        return not await _kept(bench)

    async def said_a() -> bool:
        return await topic.published() == ["a1"]

    async with running(a_relay(bench)):
        await _failed(bench, 2)
        await say(bench, 2, topic.record("x", 2, partition=NOWHERE), topic.record("a", 1))
        await say(bench, 3, topic.record("x", 3, partition=NOWHERE))
        await until(said_a)
        await _failed(bench, int(_failures(bench)) + 2)
        assert await _kept(bench) == ["x1", "x2", "x3"]
        await topic.widen(ENOUGH)
        await until(published_all)
    assert (await topic.published(), await topic.published(NOWHERE)) == (["a1"], ["x1", "x2", "x3"])


async def test_a_pass_past_what_failed_looks_once_where_nothing_is_new(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: what waits is not read again and again by a relay that is woken, and is no failure each time."""
    relay = a_relay(bench)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE))
    assert await relay._publish_all(afresh=True) is not None
    looks, look = list[Any](), relay._look

    async def looked(lanes: list[int]) -> Any:
        looks.append(await look(lanes))
        return looks[-1]

    monkeypatch.setattr(relay, "_look", looked)
    assert await relay._publish_all(afresh=False) is None
    assert looks == [[]]
    await relay.close()


async def test_too_much_that_waits_keeps_the_rest_waiting(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: what is left out of each look is bounded; what comes on top is published when that no longer fails."""
    monkeypatch.setattr("chassis.relay.STUCK", 1)
    relay = a_relay(bench)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE))
    assert await relay._publish_all(afresh=True) is not None
    await say(bench, 2, topic.record("a", 1))
    assert await relay._publish_all(afresh=False) is None
    assert await topic.published() == []
    await topic.widen(ENOUGH)
    await publish(relay)
    await relay.close()
    assert (await topic.published(), await topic.published(NOWHERE)) == (["a1"], ["x1"])


async def test_what_failed_is_forgotten_with_the_lane_that_it_was_of(bench: Bench, topic: Topic) -> None:
    """Guarantee: an instance that is given a lane again holds back nothing that another one has published meanwhile, and publishes what was
    not, before what came later."""
    relay, another = a_relay(bench), a_relay(bench)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE), topic.record("y", 1, partition=NOWHERE))
    assert await relay._publish_all(afresh=True) is not None
    await topic.widen(ENOUGH)
    document = await bench.db.outbox.find_one()
    y1 = unbundled(document["records"])[1]
    relay._holding.lanes = {}
    await publish(another)
    await another.settled()
    await say(bench, 2, y1._replace(value=b"y2"))
    await say(bench, 3, topic.record("x", 2, partition=NOWHERE), topic.record("y", 3, partition=NOWHERE))
    relay._holding.lanes = {0: Lane(0, 100)}
    assert await relay._publish_all(afresh=False) is None
    for one in (relay, another):
        await one.close()
    assert await topic.published(NOWHERE) == ["x1", "y1", "y2", "x2", "y3"]


async def test_a_partition_that_did_not_answer_is_asked_once_until_it_is_tried_again(
    bench: Bench, topic: Topic, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: each try keeps everybody waiting for an answer, so that what is new for a silent partition is left for the next turn, in
    order; what the same aggregates say elsewhere waits for it."""
    broker = NotNow(lonely := f"{prefix}.lonely")
    await broker.begin(monkeypatch, topic.kafka)
    relay = a_relay(bench)
    relay._sender = Sender(topic.kafka, 2)
    await say(bench, 1, topic.record("x", 1)._replace(topic=lonely))
    assert await relay._publish_all(afresh=True) is not None
    asked = broker.asked
    for position, y in (2, topic.record("y", 1)._replace(topic=lonely)), (3, topic.record("y", 2)):
        await say(bench, position, y, topic.record("a", position))
        assert await relay._publish_all(afresh=False) is None
    assert (broker.asked, await topic.published(), await _kept(bench)) == (asked, ["a2", "a3"], ["x1", "y1", "y2"])
    broker.over = True
    relay._sender = Sender(topic.kafka, 20)
    await publish(relay)
    await relay.close()
    assert (await published(topic.kafka, lonely), await topic.published()) == (["x1", "y1"], ["a2", "a3", "y2"])


async def test_nothing_passes_a_refused_record_that_could_not_be_parked(
    bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: where another instance changed the document meanwhile, nothing is parked, and its aggregate waits for the next turn."""
    relay = a_relay(bench)
    send = relay._sender.send

    async def sent(records: Sequence[Publication]) -> list[BaseException | None]:
        results = await send(records)
        await bench.db.outbox.update_one({"position": 1}, {"$inc": {"count": 1}})
        return results

    await say(bench, 1, topic.record("x", 1, partition=NOWHERE), topic.record("b", 1, 2 * TINY))
    with monkeypatch.context() as patch:
        patch.setattr(relay._sender, "send", sent)
        assert await relay._publish_all(afresh=True) is not None
    await say(bench, 2, topic.record("b", 2), topic.record("a", 1))
    assert await relay._publish_all(afresh=False) is None
    assert (await topic.published(), await parked(bench)) == (["a1"], [])
    await topic.widen(ENOUGH)
    await publish(relay)
    await relay.close()
    assert (await topic.published(), await parked(bench), await topic.published(NOWHERE)) == (["a1"], ["b1", "b2"], ["x1"])


async def test_behind_a_pass_that_broke_off_everything_is_tried_again_first(
    bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: where the database failed in the middle, a refused record that was not parked yet is not passed by later ones."""
    pauses(monkeypatch, 0.05)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE), topic.record("b", 1, 2 * TINY))
    await say(bench, 2, topic.record("b", 2))
    relay = a_relay(bench)
    park, failing = relay._parking.park, [OperationFailure("not now")]

    async def parked_later(*some: Any) -> None:
        if failing:
            raise failing.pop()
        await park(*some)

    async def both_parked() -> bool:
        return await parked(bench) == ["b1", "b2"]

    monkeypatch.setattr(relay._parking, "park", parked_later)
    async with running(relay):
        await until(both_parked)
    assert (await topic.published(), await _kept(bench)) == ([], ["x1"])
