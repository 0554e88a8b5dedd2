"""Instances that join, leave, freeze and come back, with work in flight: one history for all four services at the same time."""

import json
import threading

import pytest

from tests.delivery.conftest import Everywhere, Make
from tests.delivery.instances import Instance
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import PARTITIONS, System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

KEYS = [f"key-{n}" for n in range(12)]
Histories = dict[str, System]


class Traffic:
    """Publishes changes of all aggregates, round after round, until it is told to stop."""

    def __init__(self, system: System) -> None:
        self._system, self._stop = system, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            self._system.publish(KEYS)

    def stop(self) -> None:
        """No more."""
        self._stop.set()
        self._thread.join()


def _held(*instances: Instance) -> list[int]:
    return sorted(lane for instance in instances for lane in instance.delivery()["held"])


def _share(*instances: Instance) -> None:
    """Wait until these instances hold all lanes between them, each at least one."""
    eventually(
        lambda: _held(*instances) == list(range(PARTITIONS)) and all(instance.delivery()["held"] for instance in instances),
        "the instances share the lanes",
        told=lambda: [_held(instance) for instance in instances],
    )


def _taken_by_others(system: System, held: dict[str, int]) -> None:
    """Wait until everything published so far is taken, and what the frozen one holds before these fences, then empty the inbox."""
    wanted = {key: len(sent) for key, sent in system.changes.items()}

    def taken() -> bool:
        fences = {row["_id"]: row["next"] for row in system.db.fences.find({"_id": {"$in": list(held)}})}
        moved = all(fences[fence] > position for fence, position in held.items())
        return moved and all((system.aggregate(key) or {}).get("applied", 0) >= count for key, count in wanted.items())

    eventually(taken, "the others have taken what the frozen one had", told=system._waits)
    system.forget_inbox()


@pytest.fixture(scope="module")
def histories(make: Make, everywhere: Everywhere) -> Histories:
    """Two instances; a third joins; the first freezes with a batch in hand until others have taken it, and wakes; the second leaves.
    Work arrives all the time, but while it wakes."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def live(system: System) -> None:
        closed = system.folder / "closed"
        first, second = system.start(f"hold-commit={closed}").await_ready(), system.start().await_ready()
        traffic = Traffic(system)
        try:
            _share(first, second)
            third = system.start().await_ready()
            _share(first, second, third)
            closed.touch()
            held = closed.with_name("closed.held")
            eventually(held.exists, "a batch is about to be committed")
            first.freeze()
            traffic.stop()
            _share(second, third)
            _taken_by_others(system, json.loads(held.read_text()))
            closed.unlink()
            first.wake()
            eventually(lambda: first.says('"event": "fenced"'), "what the zombie commits is fenced", told=first.last_words)
            traffic = Traffic(system)
            _share(first, second, third)
            second.stop()
            _share(first, third)
        finally:
            traffic.stop()
        system.await_settled()

    everywhere(live, list(systems.values()))
    return systems


def test_through_joins_leaves_and_a_zombie_every_change_has_its_effect_once(probe: Probe, histories: Histories) -> None:
    """Lanes move with work in flight; an instance that was frozen wakes with batches and outbox documents of lanes that have moved.
    The inbox was emptied before it woke: only the fence stood between it and a second effect."""
    histories[probe.service].check(inbox=False)


def test_after_a_history_of_rebalances_nothing_is_under_suspicion_or_stopped(probe: Probe, histories: Histories) -> None:
    """Partitions given back in order leave no suspicion; the instances that are left are ready."""
    system = histories[probe.service]
    running = [instance for instance in system.instances if instance.running]
    assert len(running) == 2
    for instance in running:
        instance.await_ready()
        assert all(not lane["stopped"] and lane["waiting"] == 0 for lane in instance.delivery()["lanes"])
