"""What there is to publish while something cannot be."""

from collections.abc import Sequence

import pytest

from chassis.outbox import Publication, unbundled
from chassis.sending import Sender
from tests.chassis.counting import Bench
from tests.chassis.not_now import NotNow
from tests.chassis.relay_at_work import NOWHERE, pauses, running
from tests.chassis.tiny_topic import Topic, a_relay, say
from tests.delivery.waiting import until

pytestmark = pytest.mark.integration


async def test_what_failed_is_tried_again_while_a_backlog_is_published(bench: Bench, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: the pause is kept however much there is to publish meanwhile."""
    pauses(monkeypatch, 0.001)
    monkeypatch.setattr("chassis.relay.DOCUMENTS", 1)
    tried: list[str] = []
    relay = a_relay(bench)
    send = relay._sender.send

    async def sent(records: Sequence[Publication]) -> list[BaseException | None]:
        tried.extend((record.value or b"").decode().rstrip(".") for record in records)
        return await send(records)

    monkeypatch.setattr(relay._sender, "send", sent)
    await say(bench, 1, topic.record("x", 1, partition=NOWHERE))
    for n in range(1, 31):
        await say(bench, 1 + n, topic.record("a", n))

    async def said_all() -> bool:
        return "a30" in tried

    async with running(relay):
        await until(said_all)
    assert tried[: tried.index("a30")].count("x1") > 2


async def test_partitions_that_do_not_answer_keep_a_backlog_waiting_once_each(
    bench: Bench, topic: Topic, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: however many partitions are silent, what others say behind them is published before any is asked again."""
    pauses(monkeypatch, 0.05)
    monkeypatch.setattr("chassis.relay.DOCUMENTS", 1)
    silent = [NotNow(f"{prefix}.lonely-{number}") for number in (1, 2)]
    for broker in silent:
        await broker.begin(monkeypatch, topic.kafka)
    relay = a_relay(bench)
    relay._sender = Sender(topic.kafka, 3)
    for position, owner in enumerate("xy", 1):
        await say(bench, position, topic.record(owner, 1)._replace(topic=f"{prefix}.lonely-{position}"))
    for n in (1, 2, 3):
        await say(bench, 2 + n, topic.record("a", n))

    async def said_all() -> bool:
        return await topic.published() == ["a1", "a2", "a3"]

    async with running(relay):
        await until(said_all)
    assert {record.owner for document in await bench.db.outbox.find().to_list(None) for record in unbundled(document["records"])} == {
        "x",
        "y",
    }
