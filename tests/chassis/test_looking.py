"""What the relay and the timers make of what they find, on a real database."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import bson
import pytest

from chassis.holding import Holding
from chassis.mongo import Conflict, insert
from chassis.outbox import Page, Publication
from chassis.part import Lane
from chassis.relay import Relay
from chassis.takeup import TakeUp
from chassis.timers import Timers
from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration

HIDDEN = 3000
"""Documents that a look goes past: enough for it to give way to writers, which the server lets it do every 10 ms."""
PAIRS = 200


def _holding(bench: Bench, *lanes: int) -> Holding:
    holding = Holding(bench.deployment, bench.db, bench.committer.metrics, "this instance")
    holding.lanes = {number: Lane(number, 100) for number in lanes}
    return holding


def _documents(lane: int, position: int, *names: str) -> list[Any]:
    page = Page(lane, position)
    for name in names:
        page.add(Publication("topic", lane, name.encode(), b"", [], name))
    return [*page.documents()]


class Broker:
    """Takes every record, and remembers whose it was."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, records: list[Publication]) -> list[BaseException | None]:
        """As the sender does."""
        self.taken += [record.owner for record in records]
        return [None] * len(records)

    async def close(self) -> None:
        """Nothing is open."""


def _relay(holding: Holding) -> tuple[Relay, list[str]]:
    """A relay, and the owners of what it publishes."""
    relay, broker = Relay(holding), Broker()
    relay._sender = broker  # type: ignore[assignment]
    return relay, broker.taken


async def test_a_look_sees_the_outbox_as_it_was_at_one_moment(bench: Bench) -> None:
    """Guarantee: order within an aggregate. Of two commits, one after the other, no look shows the later alone, wherever it is."""
    relay, _ = _relay(_holding(bench, 0))
    hidden = [document for n in range(HIDDEN) for document in _documents(0, 10_000 + n, "hidden")]
    await insert(bench.db, "outbox", hidden, None)
    relay._gone = {bson.decode(document.raw)["_id"] for document in hidden}

    async def write() -> None:
        for _ in range(PAIRS):
            for position, name in (10, "first"), (20_000, "second"):
                await insert(bench.db, "outbox", _documents(0, position, name), None)
            for position in 20_000, 10:
                await bench.db.outbox.delete_one({"position": position})

    writing, looks = asyncio.create_task(write()), list[list[str]]()
    while not writing.done():
        looks.append([relay._unbundled([document])[1][0][0].owner for document in await relay._look([0])])
    assert ["second"] not in looks
    assert ["first", "second"] in looks, "no look came upon a pair"


async def test_a_document_that_cannot_be_read_keeps_its_lane_waiting_and_no_other(bench: Bench) -> None:
    """Guarantee: bytes that a newer build, or nobody, has written stop neither the other lanes nor, once they are mended, their own."""
    relay, taken = _relay(_holding(bench, 0, 1))
    broken, *behind = [*_documents(0, 1, "a1"), *_documents(0, 2, "a2")]
    await insert(bench.db, "outbox", [broken, *behind, *_documents(1, 3, "b1")], None)
    id_ = bson.decode(broken.raw)["_id"]
    await bench.db.outbox.update_one({"_id": id_}, {"$set": {"records": b"of another format"}})
    for _ in range(2):
        assert await relay._publish_all(afresh=True) is not None
    assert taken == ["b1"]
    await insert(bench.db, "outbox", [*_documents(0, 4, "a3"), *_documents(1, 5, "b2")], None)
    assert await relay._publish_all(afresh=False) is None
    assert taken == ["b1", "b2"]
    await bench.db.outbox.replace_one({"_id": id_}, bson.decode(broken.raw))
    assert await relay._publish_all(afresh=True) is None
    assert taken == ["b1", "b2", "a1", "a2", "a3"]


async def test_timers_that_cannot_be_fired_are_left_for_the_next_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: a full look of which nothing can be fired is not followed by the next at once, and for ever."""
    monkeypatch.setattr("chassis.timers.AT_ONCE", 2)
    timers = Timers(_holding(bench, 0), bench.committer, _relay(_holding(bench, 0))[0])
    due = {"lane": 0, "due_at": datetime(2026, 3, 2, tzinfo=UTC), "generation": 1}
    await bench.db.timers.insert_many([{"_id": f"t{n}", "name": f"t{n}", **due} for n in range(3)])

    async def moved(_: Any) -> None:
        raise Conflict("moved meanwhile")

    with monkeypatch.context() as patch:
        patch.setattr(timers, "_swap", moved)
        assert not await timers._fire()


async def test_a_lane_is_taken_up_behind_what_its_outbox_holds(bench: Bench) -> None:
    """Guarantee: what is forwarded for an aggregate keeps its order though the clock of the lane's former holder was ahead."""
    for position in (7, 9, 8):
        await insert(bench.db, "outbox", _documents(0, position, "a"), None)
    assert await TakeUp(_holding(bench, 0, 1))._positions([0, 1]) == {0: 9, 1: 0}
