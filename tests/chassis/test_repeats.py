"""Messages that come again: passed over, whether the inbox was asked for them or they were taken to be new."""

import pytest

from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


async def asked(bench: Bench) -> int:
    """How often the inbox was asked, since the profiler was turned on."""
    return int(await bench.db["system.profile"].count_documents({"op": "query", "ns": f"{bench.db.name}.inbox"}))


async def test_a_message_that_was_taken_for_new_is_passed_over_and_those_beside_it_have_their_effect(bench: Bench) -> None:
    """Guarantee: the inbox need not be asked to make a message once: its row is met when it is inserted."""
    await bench.take(bench.count(id="m1"), bench.count("with a row", id="m2"))
    await bench.take(bench.count(id="m3"), bench.count(id="m1"), bench.count(id="m4"))
    await bench.take(bench.count("with a row", id="m2"))
    assert await bench.counted() == 4
    assert await bench.db.inbox.count_documents({"r": "done"}) == 4
    assert await bench.db.dead_letters.count_documents({}) == 0


async def test_another_message_under_an_id_that_was_taken_for_new_is_a_dead_letter(bench: Bench) -> None:
    """Guarantee: a publisher's mistake with ids is found out, though the inbox was not asked at first."""
    await bench.take(bench.count(id="m1"))
    await bench.take(bench.count(id="m1", key="deal-2"), bench.count(id="m2"))
    assert [letter["reason"] async for letter in bench.db.dead_letters.find()] == ["id_reused"]
    assert (await bench.counted(), await bench.counted("deal-2")) == (2, 0)


async def test_a_dead_letter_that_comes_again_is_one_letter(bench: Bench) -> None:
    """Guarantee: a message that fails, and is brought again and taken for new, is dead once."""
    await bench.take(bench.count("fails", id="m1"))
    before = await bench.db.dead_letters.find_one({})
    await bench.take(bench.count("fails", id="m1"), bench.count(id="m2"))
    assert [letter async for letter in bench.db.dead_letters.find()] == [before]
    assert await bench.counted() == 1


async def test_the_inbox_is_asked_behind_a_repeat_and_for_a_while(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats messages is not decided for twice each time; who does not is not asked for."""
    monkeypatch.setattr("chassis.commit.ASKED", 2)
    await bench.db.command("profile", 2)
    counts = []
    for id_ in ("m1", "m2", "m1", "m3", "m1", "m4", "m5", "m6"):
        await bench.take(bench.count(id=id_))
        counts.append(await asked(bench))
    assert counts == [0, 0, 1, 2, 3, 4, 5, 5]
    assert await bench.counted() == 6
