"""What conformance tests ask for: every service in turn, systems of their own, and all four at once where an accident costs time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.addresses import Addresses
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import System
from tests.leftovers import remove_everything_of

SERVICES = {probe.service: probe for probe in PROBES}
Make = Callable[[Probe], System]
"""Makes a system of a service."""
Everywhere = Callable[[Callable[[System], None], list[System]], None]
"""Plays a scenario with several systems at the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here but those of the harness itself needs the real stack."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="module", params=list(SERVICES))
def probe(request: pytest.FixtureRequest) -> Probe:
    """Each service in turn."""
    return SERVICES[request.param]


@pytest.fixture(scope="module")
def make(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes systems on the shared stack, and removes what they leave."""
    made: list[System] = []

    def build(probe: Probe) -> System:
        made.append(System(probe, stack_under_test, tmp_path_factory.mktemp(probe.service)))
        return made[-1].prepare()

    yield build
    for system in made:
        system.close()
        remove_everything_of(system.prefix, stack_under_test)


@pytest.fixture(scope="module")
def everywhere() -> Everywhere:
    """Does something with several systems at the same time; what one raises fails the test."""

    def run(scenario: Callable[[System], None], systems: list[System]) -> None:
        with ThreadPoolExecutor(len(systems)) as threads:
            list(threads.map(scenario, systems))

    return run
