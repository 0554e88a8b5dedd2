"""Dead letters tried again: by two operators at once, many and large, and from builds to which the message means nothing."""

import asyncio

import pytest

from chassis import redrive as redriving
from chassis.mongo import Conflict
from chassis.redrive import redrive
from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


async def test_letters_that_somebody_else_has_just_redriven_are_not_sent_twice(bench: Bench) -> None:
    """Guarantee: whoever finds a letter open, but no longer open when it is sent, sends nothing."""
    await bench.take(bench.record(b"{}"))
    letters = await bench.db.dead_letters.find().to_list(None)
    await redrive(bench.committer, {}, "operator-1")
    with pytest.raises(Conflict):
        await redriving._send(bench.committer, letters, "operator-2")
    assert len(await bench.take_outbox()) == 1


async def test_two_operators_at_once_redrive_each_letter_once(bench: Bench) -> None:
    """Guarantee: redriving twice at the same time is redriving once."""
    await bench.take(*(bench.record(b"{}", id=f"m{n}") for n in range(20)))
    await asyncio.gather(*(redrive(bench.committer, {}, f"operator-{n}") for n in range(2)), return_exceptions=True)
    await redrive(bench.committer, {}, "operator-3")
    assert len(await bench.take_outbox()) == 20


async def test_large_letters_are_redriven_in_transactions_that_the_database_takes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: a transaction of a redrive is bounded in bytes, and everything is redriven in its original order all the same."""
    monkeypatch.setattr(redriving, "BYTES_AT_ONCE", 1000)
    await bench.take(*(bench.record(b"[" + b"1," * 300 + b"1]", id=f"m{n}") for n in range(10)))
    await bench.take_outbox()
    assert len(await redrive(bench.committer, {}, "operator-1")) == 10
    assert await bench.db.outbox.count_documents({}) == 5
    assert [dict(record.headers)["ce_id"] for record in await bench.take_outbox()] == [f"m{n}".encode() for n in range(10)]


async def test_the_next_letters_are_found_by_an_index_in_their_order(bench: Bench) -> None:
    """Guarantee: a long list of dead letters is not sorted in memory, values and all, for every part of a redrive."""
    await bench.take(*(bench.record(b"{}", id=f"m{n}") for n in range(20)))
    plan = await bench.db.dead_letters.find({"$and": [{"status": "open"}, {}]}, sort=redriving.ORDER, limit=10).explain()
    assert "SORT" not in _stages(plan["queryPlanner"]["winningPlan"])


def _stages(plan: dict[str, object]) -> set[object]:
    below = [plan[name] for name in ("inputStage", "queryPlan") if name in plan]
    inputs = [*below, *plan.get("inputStages", [])]  # type: ignore[misc]
    return {plan.get("stage")}.union(*(_stages(one) for one in inputs))  # type: ignore[arg-type]
