"""What fails in the background, where nobody would hear of it, is heard by the model."""

import pytest

from tests.model.conftest import Deployed
from tests.model.exploring import Turn, deviations
from tests.model.planting import Edit, planted
from tests.model.scenarios import SMALLEST

_WAKE = "asyncio.get_running_loop().call_soon(self._holding.wake.set)"
_RAISE = "(lambda: {}['planted'])"
CALLBACK = Edit("flights", "Flights._fly", _WAKE, f"{_WAKE}; asyncio.get_running_loop().call_soon({_RAISE})")
TASK = Edit("flights", "Flights._fly", _WAKE, f"{_WAKE}; {_RAISE}()")


@pytest.mark.parametrize("edit", [CALLBACK, TASK], ids=["callback", "task"])
@pytest.mark.parametrize("turns", [(), (Turn.CRASH_BEFORE,)], ids=["it lives", "it dies at the end"])
def test_what_nobody_caught_breaks_a_promise(edit: Edit, turns: tuple[Turn, ...], deployments: Deployed) -> None:
    """A callback, or the task that flies a batch, raises when all work is done: every other promise holds. A process that dies later has
    failed all the same."""
    with planted([edit]):
        *_, last = deviations(SMALLEST, deployments(1), turns)
    assert len(last.plan) == len(turns)
    assert "nobody has caught what process 0 raised: [KeyError('planted')" in str(last.violation)
