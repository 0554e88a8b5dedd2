"""What goes with an aggregate that is deleted."""

import pytest

from tests.chassis.counting import Bench

pytestmark = pytest.mark.integration


async def test_the_timers_of_a_deleted_aggregate_are_gone_with_it(bench: Bench) -> None:
    """Guarantee: in the transaction that deletes it; one that is set when it is made again stays."""
    await bench.take(bench.count("with a timer", id="m1"), bench.count("with a timer", id="m2", key="deal-2"))
    assert await bench.db.timers.distinct("key") == ["deal-1", "deal-2"]
    await bench.take(bench.count("deleted", id="m3"))
    assert await bench.counted() == 0
    assert await bench.db.timers.distinct("key") == ["deal-2"]
    await bench.take(bench.count("deleted", id="m4", key="deal-2"), bench.count("with a timer", id="m5", key="deal-2"))
    assert (await bench.counted("deal-2"), await bench.db.timers.count_documents({})) == (1, 1)
