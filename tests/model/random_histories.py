"""Long histories drawn by chance: messages of every kind, and anything that can happen to two instances, in any order."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from chassis.deployment import Deployment
from tests.model.exploring import HOLD, Run, Turn, take
from tests.model.invariants import check_rest
from tests.model.network import Request
from tests.model.process import Process
from tests.model.tally import CANCEL, PLAIN, SET
from tests.model.world import World

KEYS = st.sampled_from(["a", "b", "d"])
HOW = st.sampled_from([PLAIN, PLAIN, SET, CANCEL])
SECONDS = st.sampled_from([0, 1, 30])
WHICH = st.integers(0, 5)
TURNS = (Turn.CRASH_BEFORE, Turn.CRASH_AFTER, Turn.CRASH_LINGERING, Turn.STEP_DOWN, Turn.MOVE, Turn.SHARE)


class Histories(RuleBasedStateMachine):
    """Two instances with clocks that differ, and two lanes. At the end all faults cease, and every promise must hold."""

    deployment: Deployment
    ended = 0
    answered = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.deployment, others=1, skews=(3.0, -3.0))
        self.frozen: list[Process] = []

    # ---- what strangers and callers do ------------------------------------------------------------------------

    @rule(key=KEYS, how=HOW, seconds=SECONDS)
    def publish(self, key: str, how: str, seconds: int) -> None:
        self.world.callers.publish(key, how, seconds)
        self.world.run()

    @rule(handover=KEYS, key=KEYS)
    def tell(self, handover: str, key: str) -> None:
        self.world.callers.tell(handover, key)
        self.world.run()

    @rule(key=KEYS, how=HOW, seconds=SECONDS, times=st.integers(1, 2))
    def call(self, key: str, how: str, seconds: int, times: int) -> None:
        self.world.callers.call(key, how, seconds, times)
        self.world.run()

    @precondition(lambda self: self.world.callers.records)
    @rule(which=WHICH)
    def duplicate(self, which: int) -> None:
        self.world.callers.duplicate(which)
        self.world.run()

    @precondition(lambda self: self.world.callers.commands)
    @rule(which=WHICH)
    def reuse_id(self, which: int) -> None:
        self.world.callers.reuse_id(which)
        self.world.run()

    @precondition(lambda self: self.world.callers.records)
    @rule(which=WHICH)
    def end_transaction(self, which: int) -> None:
        self.world.callers.end_transaction(which)

    # ---- what goes well ---------------------------------------------------------------------------------------

    @rule(steps=st.sampled_from([1, 3, 10, 30]), which=st.integers(0, 2))
    def answer(self, steps: int, which: int) -> None:
        for _ in range(steps):
            if not (enabled := self.world.enabled()):
                break
            self.world.perform(enabled[which % len(enabled)])
            Histories.answered += 1

    @rule(seconds=st.sampled_from([0.05, 1.0, 12.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.world.pass_time(until=self.world.clock.now + seconds)

    @rule()
    def replicate(self) -> None:
        self.world.server.versions.replicate()

    @precondition(lambda self: self.world.enabled())
    @rule(which=WHICH)
    def hold(self, which: int) -> None:
        self.world.hold(self._request(which), HOLD)

    # ---- what goes wrong --------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.enabled())
    @rule(which=WHICH, fault=st.integers(0, 2))
    def fail(self, which: int, fault: int) -> None:
        request = self._request(which)
        self.world.perform(request, request.faults[fault % len(request.faults)])

    @precondition(lambda self: self.world.enabled())
    @rule(which=WHICH, turn=st.sampled_from(TURNS))
    def disturb(self, which: int, turn: Turn) -> None:
        take(self.world, turn, self._request(which), self.world.enabled())

    @precondition(lambda self: self.world.enabled())
    @rule(which=WHICH)
    def freeze(self, which: int) -> None:
        request = self._request(which)
        take(self.world, Turn.FREEZE, request, [])
        self.frozen.append(request.process)

    @precondition(lambda self: self.frozen)
    @rule()
    def thaw(self) -> None:
        self.world.thaw(self.frozen.pop(0))
        self.world.faults += 1
        self.world.run()

    @rule()
    def rebalance(self) -> None:
        self.world.faults += 1
        self.world.rebalance()
        self.world.run()

    def _request(self, which: int) -> Request:
        enabled: list[Any] = self.world.enabled()
        return enabled[which % len(enabled)]

    # ---- the end ----------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Let everything come to rest, and look."""
        run = Run(self.world, {}, frozen=self.frozen)
        try:
            if not self.world.broken:
                run.settle()
                check_rest(self.world)
        finally:
            Histories.ended += 1
            Histories.answered += len(run.choices)
            self.world.close()
