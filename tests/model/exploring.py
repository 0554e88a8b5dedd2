"""Running a scenario through, with none, one or some deviations from the plainest schedule, each at a given step."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from chassis.deployment import Deployment
from tests.model.invariants import Violation, check_rest
from tests.model.network import Fault, Request
from tests.model.world import PATIENCE_SECONDS, PATIENCE_STEPS, World


class Turn(StrEnum):
    """What may happen at a step besides the faults of the request itself."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    CRASH_LINGERING = "crash, its transaction stays open"
    STEP_DOWN = "step-down"
    FREEZE = "freeze"
    MOVE = "move"
    SHARE = "share"
    OTHER_FIRST = "another request first"
    HELD = "held back"


HOLD = 2.5
"""Seconds that a request is held back: two looks of everybody who looks."""
ANYTHING: Container[Turn | Fault] = (*Turn, *Fault)
CRASHES: Container[Turn | Fault] = (Turn.CRASH_BEFORE, Turn.CRASH_AFTER)
Plan = Mapping[int, Turn | Fault]


def take(world: World, turn: Turn, request: Request, enabled: list[Request]) -> None:
    """Let it happen instead of, or before, the answer to the request."""
    process = request.process
    world.note(f"{process.name}: {request.name} <- {turn}")
    world.faults += turn not in (Turn.OTHER_FIRST, Turn.HELD)
    match turn:
        case Turn.CRASH_BEFORE | Turn.CRASH_LINGERING:
            world.crash(process, linger=turn is Turn.CRASH_LINGERING)
        case Turn.CRASH_AFTER:
            world.answer(request)
            world.crash(process)
        case Turn.STEP_DOWN:
            world.server.step_down()
        case Turn.FREEZE:
            world.freeze(process)
        case Turn.MOVE:
            world.move(process)
        case Turn.SHARE:
            world.share(process)
        case Turn.OTHER_FIRST:
            world.answer(enabled[1])
        case Turn.HELD:
            world.hold(request, HOLD)
    world.run()


@dataclass(frozen=True)
class Scenario:
    """Phases of a history; each begins when the system has come to rest after the one before."""

    name: str
    phases: tuple[Callable[[World], None], ...]
    partitions: int = 1
    others: int = 0
    skews: tuple[float, ...] = ()


@dataclass
class Run:
    """One history. `choices`: for each step, what else could have happened there."""

    world: World
    plan: Plan
    choices: list[list[Turn | Fault]] = field(default_factory=list)
    frozen: list[Any] = field(default_factory=list)
    violation: Violation | None = None

    # ---- one step ---------------------------------------------------------------------------------------------

    def step(self, enabled: list[Request]) -> None:
        """Answer the oldest request, unless the plan says otherwise."""
        turn, request = self.plan.get(len(self.choices)), enabled[0]
        self.choices.append(self._choices(request, enabled))
        world, process = self.world, request.process
        if turn is None or isinstance(turn, Fault):
            world.perform(request, turn)
            return
        take(world, turn, request, enabled)
        if turn is Turn.FREEZE:
            self.frozen.append(process)

    def _choices(self, request: Request, enabled: list[Request]) -> list[Turn | Fault]:
        found: list[Turn | Fault] = [Turn.CRASH_BEFORE, *request.faults, Turn.STEP_DOWN, Turn.FREEZE, Turn.MOVE, Turn.HELD]
        found += [Turn.SHARE] if len(self.world.lanes_of(request.process)) > 1 else []
        found += [Turn.CRASH_AFTER] if request.lasting else []
        found += [Turn.CRASH_LINGERING] if any(t.owner is request.process for t in self.world.server.transactions) else []
        return found + ([Turn.OTHER_FIRST] if len(enabled) > 1 else [])

    # ---- all steps --------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Go on until everything rests: first without those that are frozen, then with them as zombies, then without timers to come."""
        self._rest()
        for zombie in self.frozen:
            self.world.thaw(zombie)
            self.world.note(f"{zombie.name} goes on")
            self.world.run()
            self._rest()
        if self.frozen:
            self.frozen.clear()
            self.world.rebalance()
            self.world.run()
            self._rest()
        while (due := self.world.next_due()) is not None:
            self.world.pass_time(until=due)
            self._rest()

    def _rest(self) -> None:
        ends = self.world.clock.now + PATIENCE_SECONDS
        for step in count():
            if step > PATIENCE_STEPS or self.world.clock.now > ends:
                raise Violation(f"does not come to rest: {self.world.unrest()}")
            if enabled := self.world.enabled():
                self.step(enabled)
            elif not self.world.idle():
                return


def run(scenario: Scenario, deployment: Deployment, plan: Plan) -> Run:
    """Run a scenario through with these deviations, and check it."""
    made = Run(World(deployment, scenario.others, scenario.skews), plan)
    with checked(made):
        for phase in scenario.phases:
            phase(made.world)
            made.world.run()
            made.settle()
    return made


@contextmanager
def checked(made: Run) -> Iterator[None]:
    """Within it a history is played; behind its end it is checked. What is found stays in the run, whose world is closed."""
    try:
        yield
        check_rest(made.world)
    except Violation as violation:
        made.violation = violation
    finally:
        made.world.close()


def deviations(scenario: Scenario, deployment: Deployment, *kinds: Container[Turn | Fault]) -> Iterator[Run]:
    """The scenario as it is; then with every deviation of the first kind at every step; then with each of those, and every deviation of
    the second kind at every later step; and so on."""
    return _deviations(scenario, deployment, {}, -1, kinds)


def _deviations(
    scenario: Scenario, deployment: Deployment, plan: dict[int, Turn | Fault], after: int, kinds: Sequence[Container[Turn | Fault]]
) -> Iterator[Run]:
    plain = run(scenario, deployment, plan)
    yield plain
    for step, choices in enumerate(plain.choices if kinds else ()):
        for turn in choices if step > after else ():
            if turn in kinds[0]:
                yield from _deviations(scenario, deployment, {**plan, step: turn}, step, kinds[1:])
