"""Servers that go away and come back, or are slow: all four services at once on a stack of this module's own."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from stack.embedded import Stack
from tests.delivery.conftest import Everywhere
from tests.delivery.probes import PROBES, Probe
from tests.delivery.slow import SlowPort
from tests.delivery.system import System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

KEYS = [f"key-{n}" for n in range(6)]


@pytest.fixture(scope="module")
def systems(breakable_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, System]]:
    """The four services, each with one instance that lives through every outage."""
    made = {probe.service: System(probe, breakable_stack.addresses, tmp_path_factory.mktemp(probe.service)) for probe in PROBES}
    with ExitStack() as closers:
        for system in made.values():
            closers.enter_context(closing(system))
            _gate(system).touch()
            system.prepare().start(f"hold-relay={_gate(system)}")
        for system in made.values():
            system.instances[0].await_ready()
        yield made


def _gate(system: System) -> Path:
    """The file without which the system's instance publishes nothing."""
    return system.folder / "publish"


@pytest.fixture(scope="module")
def broker_back(systems: dict[str, System], breakable_stack: Stack, everywhere: Everywhere) -> dict[str, System]:
    """The broker killed with messages taken whose events are not published yet, and back."""
    for system in systems.values():
        _gate(system).unlink()
        system.publish(KEYS, times=3)
        system.await_taken()
    breakable_stack.kafka.kill()
    for system in systems.values():
        _gate(system).touch()
    breakable_stack.kafka.start()

    def go_on(system: System) -> None:
        system.publish(KEYS, times=2)
        system.await_settled(seconds=90)

    everywhere(go_on, list(systems.values()))
    return systems


def test_the_broker_killed_and_back_nothing_is_lost_or_taken_twice(probe: Probe, broker_back: dict[str, System]) -> None:
    """An instance lives through the broker's death: what was committed is published when it is back, and reading goes on at the fence."""
    system = broker_back[probe.service]
    system.check()
    system.instances[0].await_ready()


@pytest.fixture(scope="module")
def primary_back(broker_back: dict[str, System], breakable_stack: Stack, everywhere: Everywhere) -> dict[str, System]:
    """The replica set without a primary for some seconds while work arrives, then its process killed and started."""
    systems = broker_back
    breakable_stack.mongo.step_down(seconds=5)
    for system in systems.values():
        system.publish(KEYS, times=2)
    everywhere(lambda system: system.await_settled(seconds=90), list(systems.values()))
    for system in systems.values():
        system.publish(KEYS)
    breakable_stack.mongo.kill()
    for system in systems.values():
        system.publish(KEYS)
        eventually(lambda system=system: system.instances[0].unready(), "an instance without a database is not ready")  # type: ignore[misc]
        assert system.instances[0].ask("GET", "/health/live").status_code == 200
    breakable_stack.mongo.start()
    everywhere(lambda system: system.await_settled(seconds=90), list(systems.values()))
    return systems


def test_the_database_without_a_primary_and_back_nothing_is_lost_or_taken_twice(probe: Probe, primary_back: dict[str, System]) -> None:
    """A long outage of the database makes an instance unready; it is never a dead letter and never a reason to die."""
    system = primary_back[probe.service]
    system.check()
    system.instances[0].await_ready()
    assert len(system.instances) == 1


@pytest.fixture(scope="module")
def outlived(breakable_stack: Stack, everywhere: Everywhere, tmp_path_factory: pytest.TempPathFactory) -> dict[str, System]:
    """The four services, each behind a way to the database that is too slow for a full batch to be committed within the server's limit."""
    systems = [System(probe, breakable_stack.addresses, tmp_path_factory.mktemp(f"slow-{probe.service}")).prepare() for probe in PROBES]
    client: MongoClient[dict[str, Any]]

    def outlive(system: System) -> None:
        with SlowPort(breakable_stack.mongo.members[0].address, rate=170_000) as slow, closing(system):
            system.publish(["large"], times=1500)
            instance = system.start(BATON_MONGO=f"mongodb://127.0.0.1:{slow.port}/?directConnection=true")
            system.await_settled(seconds=240)
            assert instance.says('"event": "again"'), "no transaction was too old: the database was not slow enough"

    with MongoClient(breakable_stack.addresses.mongo) as client:
        client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
        try:
            everywhere(outlive, systems)
        finally:
            client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=10)
    return {system.probe.service: _reopened(system) for system in systems}


def test_a_slow_database_does_not_abort_the_same_large_batch_for_ever(probe: Probe, outlived: dict[str, System]) -> None:
    """Transactions that the server aborts for their age are tried again with a shorter prefix, until one fits; none of it dies."""
    outlived[probe.service].check()


def _reopened(system: System) -> System:
    """The same system with connections of its own again."""
    again = System(system.probe, system.addresses, system.folder, system.prefix)
    again.changes = system.changes
    return again
