"""Documents of an older and of a newer build, in a rolling deployment and in one that is rolled back; all four services at once."""

import pytest

from tests.delivery.conftest import Everywhere, Make
from tests.delivery.instances import Instance
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import System
from tests.delivery.waiting import eventually

Histories = dict[str, tuple[System, str, str]]


def _refuses(instance: Instance) -> bool:
    return any("newer than 1" in (lane["trouble"] or "") for lane in instance.delivery()["lanes"])


@pytest.fixture(scope="module")
def histories(make: Make, everywhere: Everywhere) -> Histories:
    """A newer build writes; it is rolled back, and the older one meets its documents; then the newer one is deployed again."""
    systems = [make(probe) for probe in PROBES]
    told: Histories = {}

    def roll(system: System) -> None:
        newer = "newer"
        older = next(name for name in map("older-{}".format, range(100)) if system.lane(name) != system.lane(newer))
        system.publish([newer, older], times=2)
        build = system.start("newer-schema")
        system.await_settled()
        build.stop()
        system.db[system.probe.collection].update_one({"_id": older}, {"$set": {"schema": 1}})
        before = system.aggregate(newer)
        system.publish([newer, older], times=2)
        rolled_back = system.start()
        system.await_settled([older])
        eventually(lambda: _refuses(rolled_back), "the older build refuses", told=rolled_back.delivery)
        assert system.aggregate(newer) == before
        assert system.letters() == []
        rolled_back.stop()
        system.publish([newer, older])
        system.start("newer-schema")
        system.await_settled()
        told[system.probe.service] = system, newer, older

    everywhere(roll, systems)
    return told


def test_a_document_of_a_newer_build_is_left_alone_until_that_build_is_back(probe: Probe, histories: Histories) -> None:
    """An older build would drop the newer one's fields: it neither writes the document nor buries the message, whose lane waits."""
    system, newer, _ = histories[probe.service]
    system.check([newer])


def test_a_document_of_an_older_build_is_lifted_when_it_is_read(probe: Probe, histories: Histories) -> None:
    """The newer build takes an older document as its own, and writes it with the newer version."""
    system, _, older = histories[probe.service]
    system.check([older])
    assert system.aggregate(older)["schema"] == 2  # type: ignore[index]
