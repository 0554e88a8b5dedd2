"""Restoring the database from a backup of any moment, while the topics keep what they have."""

from collections.abc import Iterator

from chassis.deployment import Deployment
from tests.model.exploring import Run, Scenario, checked
from tests.model.world import World


def restorations(scenario: Scenario, deployment: Deployment) -> Iterator[Run]:
    """The scenario to its end; then, for each write of it, everything stopped, that backup restored, and everything started again."""
    last = _run(scenario, deployment, None).world.server.versions.latest
    for moment in range(last + 1):
        yield _run(scenario, deployment, moment)


def _run(scenario: Scenario, deployment: Deployment, moment: int | None) -> Run:
    made = Run(World(deployment), {})
    with checked(made):
        for phase in scenario.phases:
            phase(made.world)
            made.settle()
        if moment is not None:
            _restore(made.world, moment)
            made.settle()
    return made


def _restore(world: World, moment: int) -> None:
    world.faults += 1
    world.note(f"a backup of {moment} is restored")
    for process in world.running():
        process.die()
    world.server.versions.go_back(moment)
    world.owners = dict.fromkeys(world.lanes, world.start())
    world.rebalance()
    world.run()
