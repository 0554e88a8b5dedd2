"""The model has teeth: bugs planted into the chassis are found, and by the promise that they break."""

import pytest

from tests.model.bugs import EVERY_BUG, HARMLESS, Bug
from tests.model.conftest import Deployed
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


def test_an_unknown_outcome_taken_for_failure_is_harmless_because_the_fence_is_a_chain(deployments: Deployed) -> None:
    """A mutant that survives, and why: see `HARMLESS`."""
    with planted(HARMLESS.edits):
        runs = list(HARMLESS.explore(deployments(1)))
    assert [run.violation for run in runs if run.violation] == []
