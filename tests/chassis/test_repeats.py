"""Messages that come again: passed over, whether the inbox was asked for them or they were taken to be new."""

import pytest
import structlog

from chassis.crashes import Suspicion
from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


async def asked(bench: Bench) -> int:
    """How often the inbox was asked, since the profiler was turned on."""
    return int(await bench.db["system.profile"].count_documents({"op": "query", "ns": f"{bench.db.name}.inbox"}))


async def test_a_message_that_was_taken_for_new_is_passed_over_and_those_beside_it_have_their_effect(bench: Bench) -> None:
    """Guarantee: the inbox need not be asked to make a message once: its row is met when it is inserted."""
    await bench.take(bench.count(id="m1"), bench.count("with a row", id="m2"))
    bench.restart()
    await bench.take(bench.count(id="m3"), bench.count(id="m1"), bench.count(id="m4"))
    bench.restart()
    await bench.take(bench.count("with a row", id="m2"))
    assert await bench.counted() == 4
    assert await bench.db.inbox.count_documents({"r": "done"}) == 4
    assert await bench.db.dead_letters.count_documents({}) == 0


async def test_another_message_under_an_id_that_was_taken_for_new_is_a_dead_letter(bench: Bench) -> None:
    """Guarantee: a publisher's mistake with ids is found out, though the inbox was not asked at first."""
    await bench.take(bench.count(id="m1"))
    bench.restart()
    await bench.take(bench.count(id="m1", key="deal-2"), bench.count(id="m2"))
    assert [letter["reason"] async for letter in bench.db.dead_letters.find()] == ["id_reused"]
    assert (await bench.counted(), await bench.counted("deal-2")) == (2, 0)


async def test_a_dead_letter_that_comes_again_is_one_letter(bench: Bench) -> None:
    """Guarantee: a message that fails, and is brought again and taken for new, is dead once."""
    await bench.take(bench.count("fails", id="m1"))
    before = await bench.db.dead_letters.find_one({})
    bench.restart()
    await bench.take(bench.count("fails", id="m1"), bench.count(id="m2"))
    assert [letter async for letter in bench.db.dead_letters.find()] == [before]
    assert await bench.counted() == 1


async def test_the_inbox_is_asked_for_what_was_taken_lately_and_for_nothing_else(bench: Bench) -> None:
    """A publisher's repeats follow closely: they are expected, and nothing is decided twice for them."""
    await bench.take(bench.count(id="m1"), bench.count(id="m2"))
    await bench.db.command("profile", 2)
    await bench.take(bench.count(id="m3"), bench.count(id="m4"))
    assert await asked(bench) == 0
    await bench.take(bench.count(id="m1"), bench.count(id="m5"))
    (question,) = [entry async for entry in bench.db["system.profile"].find({"op": "query", "ns": f"{bench.db.name}.inbox"})]
    assert question["command"]["filter"] == {"_id": {"$in": ["count|/elsewhere|m1"]}}
    assert await bench.counted() == 5


async def test_behind_a_repeat_of_old_the_inbox_is_asked_for_all_for_a_while(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats what was said long ago repeats more of it: that is not decided for twice each time."""
    monkeypatch.setattr("chassis.repeats.KEPT", 1)
    monkeypatch.setattr("chassis.repeats.ASKED", 2)
    await bench.db.command("profile", 2)
    counts = []
    for id_ in ("m1", "m2", "m3", "m1", "m4", "m5", "m6", "m2"):
        await bench.take(bench.count(id=id_))
        counts.append(await asked(bench))
    assert counts == [0, 0, 0, 1, 2, 3, 3, 4]
    assert await bench.counted() == 6


async def test_behind_a_crash_the_inbox_is_asked_for_all(bench: Bench) -> None:
    """Guarantee: another copy of a message that killed the process and is a dead letter is not decided again."""
    await bench.take(bench.count("fails", id="m1"))
    bench.restart()
    for part in bench.lane.parts.values():
        part.suspicion = Suspicion(part.next, part.next + 50, 1)
    await bench.db.command("profile", 2)
    with structlog.testing.capture_logs() as logs:
        await bench.take(bench.count("fails", id="m1"))
    assert await asked(bench) == 1
    assert [entry["event"] for entry in logs] == []
    assert await bench.db.dead_letters.count_documents({}) == 1
