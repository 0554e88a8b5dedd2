"""A take-up that a rebalance overtakes: what it still writes down must not stop whoever holds the partition by then."""

import pytest

from tests.model.conftest import Deployed
from tests.model.exploring import Run
from tests.model.invariants import check_rest
from tests.model.network import Request
from tests.model.process import Process
from tests.model.world import World

pytestmark = pytest.mark.requirement("X3")


def test_a_lane_goes_on_though_an_overtaken_take_up_wrote_over_its_suspicion(deployments: Deployed) -> None:
    """An instance takes a partition up, slowly; a rebalance gives it to another, which dies; the first one takes it up again, suspects a
    crash, and then its own earlier write arrives, which knows of none. The records that wait have their effect all the same."""
    world = World(deployments(1), others=1)
    first, second = world.processes
    world.callers.publish("a")
    slow = _until(world, first, "update fences")
    world.hold(slow, 60)
    world.move(first)
    world.run()
    _until(world, second, "fetch")
    world.crash(second)
    world.run()
    _until(world, first, "fetch")
    world.perform(slow)
    Run(world, {}).settle()
    check_rest(world)
    world.close()


def _until(world: World, process: Process, name: str) -> Request:
    """Go on until the process is about to do this."""
    while True:
        enabled = world.enabled()
        for request in enabled:
            if request.process is process and request.name == name:
                return request
        if enabled:
            world.perform(enabled[0])
        else:
            world.idle()
