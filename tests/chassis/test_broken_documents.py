"""Documents that somebody broke: what needs one waits as a dead letter, others go on, and nothing is changed before it is mended."""

from typing import Any

import pytest

from chassis import headers as names
from chassis.deciding import Kind
from chassis.http.submitting import problem_of
from chassis.redrive import applied_since, redrive
from chassis.reference import VERSION, Snapshot
from chassis.stored import Unreadable
from services.notifications.app import SERVICE as NOTIFICATIONS
from tests.chassis.counting import Bench, Found

pytestmark = pytest.mark.integration
BREAKS: list[dict[str, Any]] = [
    {"$set": {"state.n": "many"}},
    {"$set": {"state": None}},
    {"$unset": {"schema": 1}},
    {"$set": {"position": "yesterday"}},
    {"$set": {"applied": "often"}},
    {"$set": {"timers": 7}},
]


async def _broken(bench: Bench, change: dict[str, Any] = BREAKS[0]) -> dict[str, Any]:
    """One counter that has come to 1, broken; returns its document as it was."""
    await bench.take(bench.count(id="before"))
    whole: dict[str, Any] = await bench.db.counters.find_one({"_id": "deal-1"})
    await bench.db.counters.update_one({"_id": "deal-1"}, change)
    return whole


@pytest.mark.parametrize("change", BREAKS, ids=str)
async def test_a_broken_document_is_its_own_messages_concern(bench: Bench, change: dict[str, Any]) -> None:
    """Guarantee: one document that cannot be read stops no lane; it is neither overwritten nor deleted; its letters say which it is."""
    await _broken(bench, change)
    broken = await bench.db.counters.find_one({"_id": "deal-1"})
    await bench.take(bench.count(id="m1"), bench.count(id="m2", key="deal-2"), bench.count("deleted", id="m3"))
    assert await bench.counted("deal-2") == 1
    assert await bench.db.counters.find_one({"_id": "deal-1"}) == broken
    letters = await bench.db.dead_letters.find(sort=[("offset", 1)]).to_list(None)
    assert [(letter["id"], letter["reason"]) for letter in letters] == [("m1", "failed"), ("m3", "failed")]
    assert all(letter["message"].startswith("counters 'deal-1' cannot be read: ") for letter in letters)
    assert not any(word in letters[0]["message"] for word in ("many", "yesterday", "often"))
    await applied_since(bench.db, letters)


async def test_what_waited_for_a_document_is_redriven_in_order_when_it_is_mended(bench: Bench) -> None:
    """Guarantee: nothing that came while the document was broken is lost, a bad token stays bad, and no letter claims to be overtaken."""
    whole = await _broken(bench)
    bad = [(names.AUTHORIZATION, b"Bearer x")]
    await bench.take(bench.count(id="m1"), bench.count(id="m2", headers=bad), bench.count(id="m3"))
    letters = await bench.db.dead_letters.find().to_list(None)
    assert set((await applied_since(bench.db, letters)).values()) == {0}
    await bench.db.counters.replace_one({"_id": "deal-1"}, whole)
    assert len(await redrive(bench.committer, {}, "operator-1")) == 3
    redriven = await bench.take_outbox()
    assert [dict(record.headers)["ce_id"] for record in redriven] == [b"m1", b"m2", b"m3"]
    await bench.take(*redriven)
    assert await bench.counted() == 3
    assert await bench.db.dead_letters.distinct("status") == ["redriven"]


@pytest.mark.parametrize(("then", "counts"), [("plainly", 102), ("cancelling", 2)])
async def test_a_timer_that_rang_for_a_broken_document_rings_when_it_is_redriven_unless_cancelled(
    bench: Bench, then: str, counts: int
) -> None:
    """Guarantee: a letter of a timer remembers which setting it was; what was cancelled meanwhile does not ring."""
    await bench.take(bench.count("with a timer", id="before"))
    await bench.db.counters.update_one({"_id": "deal-1"}, BREAKS[0])
    await bench.take(_rung(bench))
    assert await bench.db.dead_letters.count_documents({"reason": "failed"}) == 1
    await bench.db.counters.update_one({"_id": "deal-1"}, {"$set": {"state.n": 1}})
    await bench.take(bench.count(then, id="then"))
    await bench.db.outbox.delete_many({})
    await redrive(bench.committer, {}, "operator-1")
    await bench.take(*await bench.take_outbox())
    assert await bench.counted() == counts
    assert await bench.db.dead_letters.distinct("status") == ["redriven"]


def _rung(bench: Bench) -> Found:
    """The first setting of the timer, as it comes back from the private topic."""
    rung = bench.record(b'{"deal_id": "deal-1"}', id="rung", topic=bench.deployment.service.topics.private)
    rung.headers = [(name, value) for name, value in rung.headers if name != "ce_type"]
    rung.headers += [("ce_type", b"deals.CountingDue.v1"), (names.TIMER, b"due"), (names.GENERATION, b"1")]
    return rung


async def test_a_person_whose_record_is_broken_fails_what_mentions_them(bench: Bench) -> None:
    """Guarantee: text is not decided upon without the person's record only because that cannot be read; others go on."""
    await bench.db.customers.insert_one({"_id": "person-1", "schema": 1, "state": {"name": 7}, "sequence": 1, "position": 1})
    await bench.take(bench.count(id="m1", about="person-1"), bench.count(id="m2", about="person-2"))
    assert await bench.counted() == 1
    (letter,) = await bench.db.dead_letters.find().to_list(None)
    assert (letter["id"], letter["reason"]) == ("m1", "failed")
    assert letter["message"].startswith("customers 'person-1' cannot be read: ")


async def test_a_command_over_http_to_a_broken_document_fails_alone(bench: Bench) -> None:
    """Guarantee: of many commands in one request, those for a broken document fail with an internal problem; a repeat is decided anew."""
    whole = await _broken(bench)
    bad, good = await bench.ask("plainly", "plainly", keys=["deal-1", "deal-2"])
    assert (bad.outcome.kind, good.outcome.kind) == (Kind.DEAD, Kind.CHANGED)
    problem = problem_of(bad.outcome)
    assert problem is not None
    assert (problem.status, problem.code) == (500, "internal")
    await bench.db.counters.replace_one({"_id": "deal-1"}, whole)
    again, seen = await bench.ask("plainly", "plainly", keys=["deal-1", "deal-2"])
    assert (again.outcome.kind, seen.outcome.kind) == (Kind.CHANGED, Kind.SEEN)


@pytest.mark.parametrize(
    ("collection", "state", "field"),
    [("teams", {"members": None}, "members"), ("colleagues", {"department": None}, "roles"), ("colleagues", None, "state")],
)
async def test_reference_data_that_cannot_be_read_says_which_document(bench: Bench, collection: str, state: Any, field: str) -> None:
    """Guarantee: nothing is decided by a part of the reference data, and the error names the document and the field."""
    await bench.db[collection].insert_one({"_id": "one", "state": state})
    await bench.db.versions.insert_one({"_id": VERSION, "version": 1})
    async with bench.committer.client.start_session() as session:
        with pytest.raises(Unreadable, match=f"{collection} 'one' cannot be read: {field}: must be "):
            await Snapshot(NOTIFICATIONS.reference).get(bench.db, session)
