"""Messages that could stop a lane: each becomes a dead letter, and the next one is taken."""

import pytest

from chassis import headers as names
from chassis.deciding import Kind
from chassis.outbox import json_bytes
from chassis.redrive import discard, redrive
from contracts.topics import DEALS
from tests.chassis.counting import SECRET, Bench

pytestmark = pytest.mark.integration


async def test_an_invalid_message_that_comes_twice_does_not_stop_its_lane(bench: Bench) -> None:
    """Guarantee: a bad message harms no other, however often its publisher sends it."""
    await bench.take(bench.record(b"{}"))
    await bench.take(bench.record(b"{}"))
    await bench.take(bench.count(id="m2"))
    assert await bench.counted() == 1
    assert await bench.db.dead_letters.count_documents({"reason": "invalid"}) == 1


async def test_an_invalid_message_that_is_redriven_twice_does_not_stop_its_lane(bench: Bench) -> None:
    """Guarantee: redriving what still cannot be taken opens its letter again, and harms nothing."""
    await bench.take(bench.record(b"{}"))
    for attempts in (2, 3):
        assert len(await redrive(bench.committer, {}, "operator-1")) == 1
        await bench.take(*await bench.take_outbox())
        letter = await bench.db.dead_letters.find_one()
        assert (letter["status"], letter["attempts"]) == ("open", attempts)
    await bench.take(bench.count(id="m2"))
    assert await bench.counted() == 1


async def test_a_dead_record_that_is_brought_again_leaves_its_letter_as_a_person_left_it(bench: Bench) -> None:
    """Guarantee: a relay that repeats what it forwarded counts no attempt and opens no letter that was discarded (found by the model)."""
    record = bench.record(b"{}")
    await bench.take(record)
    assert await discard(bench.db, {}, "operator-1") == 1
    again = [
        (names.ORIGIN, json_bytes([record.topic, record.partition, record.offset, record.timestamp])),
        (names.LINE, b"count"),
    ]
    await bench.take(bench.record(b"{}", id="reused", headers=again, topic=DEALS.private))
    letter = await bench.db.dead_letters.find_one()
    assert (letter["status"], letter["attempts"], letter["by"]) == ("discarded", 1, "operator-1")


async def test_a_header_without_a_value_does_not_stop_the_lane_nor_its_redrive(bench: Bench) -> None:
    """Guarantee: what Kafka allows in a header, null included, is kept on the dead letter as it was."""
    await bench.take(bench.record(b"{}", headers=[("x-empty", None)]))
    assert ["x-empty", None] in (await bench.db.dead_letters.find_one())["headers"]
    await redrive(bench.committer, {}, "operator-1")
    (again,) = await bench.take_outbox()
    assert ("x-empty", None) in again.headers


STATES = ["with a state that is too large", "with a state that BSON cannot hold"]


@pytest.mark.parametrize("how", ["with a row that BSON cannot hold", "with a timer that no topic can carry", *STATES])
async def test_an_effect_that_cannot_be_written_or_sent_is_a_dead_letter_of_its_message_alone(bench: Bench, how: str) -> None:
    """Guarantee: what a decision asks for is checked while its message can still be blamed, not when the whole batch is written."""
    await bench.take(bench.count(how), bench.count(id="m2"))
    assert await bench.counted() == 1
    assert await bench.db.dead_letters.count_documents({"id": "m1"}) == 1
    assert await bench.db.timers.count_documents({}) == 0


@pytest.mark.parametrize("how", STATES)
async def test_a_command_whose_state_cannot_be_written_is_refused_alone(bench: Bench, how: str) -> None:
    """Guarantee: commands that share a transaction do not share the blame; the one that asks for too much is told so."""
    bad, good = await bench.ask(how, "plainly")
    assert (bad.outcome.kind, good.outcome.kind) == (Kind.DEAD, Kind.CHANGED)
    assert await bench.counted() == 1


async def test_a_decider_that_fails_is_named_by_its_place_and_quotes_nothing(bench: Bench) -> None:
    """Guarantee: a dead letter's sentence, which is listed, logged and copied, holds nothing of the message."""
    await bench.take(bench.count("fails"))
    letter = await bench.db.dead_letters.find_one()
    assert letter["reason"] == "failed"
    assert letter["message"].startswith("KeyError in counting.py, line ")
    assert SECRET not in letter["message"]


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type"])
@pytest.mark.parametrize("text", [b"", b"x" * 5_000])
async def test_an_empty_or_endless_attribute_makes_a_dead_letter(bench: Bench, name: str, text: bytes) -> None:
    """Guarantee: nothing is decided that could not be remembered, or whose events could not be published for their headers."""
    await bench.take(bench.count(headers=[(name, text)]))
    assert await bench.counted() == 0
    letter = await bench.db.dead_letters.find_one()
    assert letter["reason"] == "headers"
    assert name in letter["message"]


async def test_a_large_dead_letter_among_many_is_written_in_parts(bench: Bench) -> None:
    """Guarantee: no command to the database is larger than the server takes, whatever the messages of a batch weigh."""
    await bench.take(*(bench.record(b"[" + b"1," * 450_000 + b"1]", id=f"m{n}") for n in range(20)))
    assert await bench.db.dead_letters.count_documents({"reason": "invalid"}) == 20
