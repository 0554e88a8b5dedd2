"""Rows beside aggregates: each is written once, whoever asks for it again."""

import pytest

from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


async def test_a_row_that_is_there_stays_and_the_messages_beside_it_have_their_effect(bench: Bench) -> None:
    """Guarantee: a row's id makes it once, across messages, batches and the ways that messages come by; none of them is lost for it."""
    await bench.take(bench.count("with a row"))
    await bench.take(bench.count("with a row", id="m2"), bench.count(id="m3"))
    await bench.ask("with a row", "plainly")
    assert [note["by"] async for note in bench.db.notes.find()] == ["m1"]
    assert await bench.counted() == 5
    assert await bench.db.inbox.count_documents({"r": "done"}) == 3
