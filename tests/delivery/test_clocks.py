"""Instances whose clocks disagree, one after the other on the same aggregates; for all four services at the same time."""

import pytest

from tests.delivery.conftest import Everywhere, Make
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

KEYS = [f"key-{n}" for n in range(4)]


@pytest.fixture(scope="module")
def succeeded(make: Make, everywhere: Everywhere) -> dict[str, System]:
    """An instance whose clock is half a minute ahead takes changes, then one with a right clock the next, before any is published."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def succeed(system: System) -> None:
        gate = system.folder / "publish"
        for points in (["clock=30"], []):
            system.publish(KEYS, times=2)
            instance = system.start(f"hold-relay={gate}", *points)
            system.await_taken()
            if points:
                instance.stop()
        gate.touch()
        eventually(lambda: system.db.outbox.count_documents({}) == 0, "everything is published")

    everywhere(succeed, list(systems.values()))
    return systems


def test_a_clock_that_was_ahead_does_not_turn_an_aggregates_events_round(probe: Probe, succeeded: dict[str, System]) -> None:
    """A document's outbox position lies behind all earlier ones of its aggregates, whatever the clock of its instance says."""
    succeeded[probe.service].check()
