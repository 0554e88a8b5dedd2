"""Instances whose clocks disagree, one after the other on the same aggregates; for all four services at the same time."""

from dataclasses import replace

import pytest

from chassis.placing import partition_of
from tests.delivery.conftest import Everywhere, Make
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import PARTITIONS, System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

ELSEWHERE = "elsewhere"
_OFF = [key for key in (f"key-{n}" for n in range(40)) if partition_of(key, PARTITIONS) != partition_of(ELSEWHERE, PARTITIONS)]
KEYS, ASTRAY = _OFF[:4], _OFF[4:8]
"""Aggregates, none of them of the lane of `ELSEWHERE`; the changes of the latter all come in there, and are forwarded."""


@pytest.fixture(scope="module")
def succeeded(make: Make, everywhere: Everywhere) -> dict[str, System]:
    """An instance whose clock is half a minute ahead takes changes, then one with a right clock the next, before any is published."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def succeed(system: System) -> None:
        gate = system.folder / "publish"
        for points in (["clock=30"], []):
            astray = [replace(sent, key=ELSEWHERE) for sent in system.next_changes(ASTRAY, times=2)]
            system.publisher.publish([*system.next_changes(KEYS, times=2), *astray])
            instance = system.start(f"hold-relay={gate}", *points)
            eventually(lambda: _committed(system) == sum(map(len, system.changes.values())), "everything has come in", told=system._waits)
            if points:
                instance.stop()
        gate.touch()
        eventually(lambda: _settled(system), "everything is published, and what was forwarded is taken", told=system._waits)

    everywhere(succeed, list(systems.values()))
    return systems


def _committed(system: System, kind: str = "") -> int:
    """How many records the fences have let by, of one topic or of all."""
    return sum(row["next"] for row in system.db.fences.find({"_id": {"$regex": kind}}))


def _settled(system: System) -> bool:
    return system.db.outbox.count_documents({}) == 0 and _committed(system, "private") == len(system.read("private"))


def test_a_clock_that_was_ahead_does_not_turn_an_aggregates_events_round(probe: Probe, succeeded: dict[str, System]) -> None:
    """A document's outbox position lies behind all earlier ones of its aggregates, whatever the clock of its instance says."""
    succeeded[probe.service].check(KEYS)


def test_a_clock_that_was_ahead_does_not_turn_round_what_is_forwarded(probe: Probe, succeeded: dict[str, System]) -> None:
    """What has come in on another lane than its aggregate's lies behind all that came in there before it, too."""
    succeeded[probe.service].check(ASTRAY)
