"""The model has teeth: bugs planted into the chassis are found, and by the promise that they break."""

import pytest

from tests.model.bugs import EVERY_BUG, Bug
from tests.model.conftest import Deployed
from tests.model.harmless import HARMLESS
from tests.model.planting import planted


@pytest.mark.parametrize("bug", EVERY_BUG, ids=lambda bug: bug.name)
def test_the_model_finds_a_planted_bug(bug: Bug, deployments: Deployed) -> None:
    with planted(bug.edits):
        for count, run in enumerate(bug.explore(deployments(bug.scenario.partitions)), 1):
            if run.violation:
                how = ", ".join(f"{turn} at step {step}" for step, turn in run.plan.items()) or "as it is"
                print(f"{bug.name}: history {count} of {bug.scenario.name} ({how}): {run.violation}")
                assert bug.complaint in str(run.violation)
                return
    pytest.fail(f"{count} histories, and nobody noticed that {bug.name}")


@pytest.mark.parametrize("bug", HARMLESS, ids=lambda bug: bug.name)
def test_a_mistake_is_harmless_because_something_else_holds(bug: Bug, deployments: Deployed) -> None:
    """Mutants that survive, and why: see `harmless.py`."""
    with planted(bug.edits):
        runs = list(bug.explore(deployments(bug.scenario.partitions)))
    assert len(runs) > 1
    assert [run.violation for run in runs if run.violation] == []
