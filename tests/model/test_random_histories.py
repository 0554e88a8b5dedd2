"""Long histories drawn by chance over two instances and two lanes."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.conftest import Deployed
from tests.model.random_histories import Histories

pytestmark = pytest.mark.requirement("X3")
EXAMPLES = int(os.environ.get("BATON_MODEL_HISTORIES", "60"))
"""Histories; the same ones in every run unless more are asked for than CI has time for."""


def test_in_histories_drawn_by_chance_every_promise_holds(deployments: Deployed) -> None:
    """Whatever is published, called, set, moved and cancelled, and whatever crashes, freezes, moves, steps down, fails or waits meanwhile:
    every acknowledged message has its effect once, its events say so in order, and everything comes to rest."""
    Histories.deployment = deployments(2)
    Histories.ended = Histories.answered = 0
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        derandomize=EXAMPLES <= 60,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Histories, settings=chosen)
    print(f"{Histories.ended} histories, {Histories.answered} answers")
    assert Histories.ended >= EXAMPLES
