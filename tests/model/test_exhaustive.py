"""Small histories, with everything that can happen at every single step of them; and the smallest, with two crashes at every pair."""

import os
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.model.backup import restorations
from tests.model.conftest import Deployed
from tests.model.exploring import ANYTHING, CRASHES, Run, Scenario, deviations
from tests.model.scenarios import EVERY, ON_TOPICS_ONLY, SMALLEST

pytestmark = pytest.mark.requirement("X3")
WIDE = bool(os.environ.get("BATON_MODEL_WIDE"))
"""Two deviations of any kind in the smallest history, which takes minutes."""


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_whatever_happens_at_one_step_every_promise_holds(scenario: Scenario, deployments: Deployed) -> None:
    """At each I/O step: the process crashes before it or after it, with its transaction gone or left open, or is frozen and goes on as a
    zombie; the request or its reply is lost, or the commit aborted; the database steps down; the lanes move; another request comes first,
    or this one late. No acknowledged message is lost or has its effect twice, and nothing is published that state does not say."""
    _report(scenario.name, deviations(scenario, deployments(scenario.partitions), ANYTHING))


def test_whatever_two_steps_crash_every_promise_holds(deployments: Deployed) -> None:
    """The process dies at one step, and its successor, or the one after that, at any later step."""
    kinds = (ANYTHING, ANYTHING) if WIDE else (CRASHES, CRASHES)
    _report("two deviations", deviations(SMALLEST, deployments(1), *kinds))


def test_a_backup_of_any_moment_goes_on_as_if_nothing_had_happened(deployments: Deployed) -> None:
    """The database is restored as it was after any of its writes; what is decided again has the same ids and bytes."""
    _report("restored", restorations(ON_TOPICS_ONLY, deployments(1)))


def _report(name: str, runs: Iterable[Run]) -> None:
    """Print how much was explored; fail with the first history that breaks a promise."""
    kinds: Counter[str] = Counter()
    steps = 0
    for run in runs:
        steps += len(run.choices)
        kinds[" + ".join(turn.value for turn in run.plan.values()) or "as it is"] += 1
        if run.violation:
            pytest.fail(f"{name}, {dict(run.plan)}: {run.violation}\n" + "\n".join(run.world.trace))
    print(f"{name}: {kinds.total()} histories, {steps} steps; {dict(kinds)}")
    assert kinds.total() > 1
