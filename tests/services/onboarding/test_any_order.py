"""Whatever comes in whatever order: a handover is completed when it is accepted and done, never otherwise; timers follow what is owed."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.decision import Decision, DomainError
from contracts.deals import PackageSubmitted
from contracts.message import Message
from contracts.onboarding import (
    AcceptHandover,
    BookKickoff,
    CompleteStep,
    HandoverCompleted,
    HandoverOpened,
    HandoverStopped,
    HoldKickoff,
    PackageScored,
    ReturnHandover,
)
from services.onboarding import handlers
from services.onboarding.domain import Handover, State
from services.onboarding.store import HANDOVER
from tests.deciding import NOW, verified
from tests.services.onboarding.given import (
    FULL,
    POLICY,
    THIN,
    Decide,
    a_completed_handover,
    an_open_handover,
    asked_by,
    changed,
    lost,
    moved,
    reopened,
    submitted,
    waived_win,
    won,
)

STEPS = ("promises", "csm_role", "perceptions")
SMALL = changed(
    steps=[POLICY.by_step[name].model_dump() | {"required": name != "perceptions"} for name in STEPS],
    package=POLICY.package.model_dump() | {"threshold": 50},
)
Way = tuple[Decide, Message]
cycles = st.integers(1, 2)
ways: st.SearchStrategy[Way] = st.one_of(
    st.builds(lambda stage, cycle: (handlers.prepare_at_stage, moved(stage, cycle)), st.sampled_from(["engaging", "negotiation"]), cycles),
    st.builds(lambda p, v, c: (handlers.score_package, submitted(p, v, c)), st.sampled_from([FULL, THIN]), st.integers(1, 3), cycles),
    st.builds(lambda cycle, score: (handlers.open_handover, won(cycle, package_score=score)), cycles, st.sampled_from([20, 100])),
    st.builds(lambda cycle: (handlers.open_handover, waived_win(cycle)), cycles),
    st.builds(lambda stage: (handlers.stop_reopened, reopened(2, stage)), st.sampled_from(["engaging", "negotiation"])),
    st.builds(lambda cycle: (handlers.stop_lost, lost(cycle)), cycles),
    st.just((handlers.accept_handover, AcceptHandover(deal_id="deal-1"))),
    st.just((handlers.return_handover, ReturnHandover(deal_id="deal-1", reason="thin"))),
    st.just((handlers.book_kickoff, BookKickoff(deal_id="deal-1", at=NOW))),
    st.just((handlers.hold_kickoff, HoldKickoff(deal_id="deal-1", held_at=NOW))),
    st.builds(
        lambda name: (
            handlers.complete_step,
            CompleteStep(deal_id="deal-1", step=name, role=POLICY.by_step[name].letters.accountable),
        ),
        st.sampled_from(STEPS),
    ),
)
ANYBODY = verified("ona", "operator")


@dataclass
class Run:
    """A handover, what was told of it, and the timers that the chassis would hold, by name."""

    handover: Handover | None = None
    told: list[Message] = field(default_factory=list)
    timers: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def take(self, decision: Decision[Handover] | None) -> None:
        """Apply a decision as the chassis does: timers are set, then cancelled."""
        if decision is None:
            return
        self.handover = decision.state
        self.told += [event for event in decision.events if isinstance(event, Message)]
        for timer in decision.timers:
            self.timers[timer.name] = (getattr(timer.message, "cycle", 0), timer.due_at)
        for name in decision.cancel:
            self.timers.pop(name, None)

    def follow(self, way: Way) -> None:
        """One message; a refusal changes nothing."""
        decide, message = way
        try:
            self.take(decide(self.handover, message, asked_by(ANYBODY, policy=SMALL)))
        except DomainError:
            return


def followed(steps: list[Way]) -> Run:
    """The run of all of them."""
    run = Run()
    for step in steps:
        run.follow(step)
    return run


def is_done(handover: Handover) -> bool:
    """Accepted, held, and every required step done."""
    return bool(handover.accepted and handover.kickoff.held_at and SMALL.required_steps <= handover.steps.keys())


@pytest.mark.requirement("R26")
@pytest.mark.requirement("R27")
@settings(max_examples=150, deadline=None)
@given(st.lists(ways, max_size=30))
def test_a_handover_is_completed_if_and_only_if_it_is_accepted_and_everything_required_is_done(steps: list[Way]) -> None:
    """After every message, in whatever order they come: `completed` exactly when the package is accepted, every required step is done and
    the kick-off was held; and `HandoverCompleted` is told once for that cycle."""
    run = Run()
    for step in steps:
        run.follow(step)
        if run.handover and run.handover.state is not State.STOPPED:
            assert (run.handover.state is State.COMPLETED) == is_done(run.handover)
    completed = [event.cycle for event in run.told if isinstance(event, HandoverCompleted)]
    assert len(completed) == len(set(completed))
    if run.handover and run.handover.state is State.COMPLETED:
        assert run.handover.cycle in completed


@settings(max_examples=100, deadline=None)
@given(st.permutations(["promises", "csm_role", "accept", "hold"]), st.booleans())
def test_the_order_of_acceptance_kickoff_and_steps_does_not_matter(order: list[str], prepared: bool) -> None:
    first: list[Way] = [(handlers.prepare_at_stage, moved())] if prepared else []
    rest: dict[str, Way] = {
        "accept": (handlers.accept_handover, AcceptHandover(deal_id="deal-1")),
        "hold": (handlers.hold_kickoff, HoldKickoff(deal_id="deal-1", held_at=NOW)),
    }
    rest |= {
        name: (handlers.complete_step, CompleteStep(deal_id="deal-1", step=name, role=POLICY.by_step[name].letters.accountable))
        for name in ("promises", "csm_role")
    }
    run = followed([*first, (handlers.open_handover, won()), *(rest[name] for name in order)])
    assert isinstance(run.told[-1], HandoverCompleted)
    assert run.timers == {}


@pytest.mark.requirement("O2")
@settings(max_examples=150, deadline=None)
@given(st.lists(ways, max_size=30))
def test_the_timers_that_run_are_exactly_the_deadlines_that_are_owed(steps: list[Way]) -> None:
    """No timer outlives what it is for, none is missing, and each carries the cycle of the handover that owes it."""
    run = followed(steps)
    owed = run.handover.deadlines if run.handover else {}
    assert run.timers == {name: (run.handover.cycle, due) for name, due in owed.items()} if run.handover else run.timers == {}
    if run.handover and not run.handover.running:
        assert run.timers == {}


@pytest.mark.requirement("D1")
@settings(max_examples=100, deadline=None)
@given(st.lists(ways, max_size=30))
def test_each_cycle_opens_once_and_nothing_of_an_older_one_follows_a_newer_one(steps: list[Way]) -> None:
    told = followed(steps).told
    opened = [event.cycle for event in told if isinstance(event, HandoverOpened)]
    assert opened == sorted(set(opened))
    seen: list[int] = [getattr(event, "cycle", 0) for event in told if not isinstance(event, HandoverStopped)]
    assert seen == sorted(seen)


@pytest.mark.requirement("R26")
@settings(max_examples=100, deadline=None)
@given(st.lists(ways, max_size=30))
def test_every_newer_version_of_a_package_is_scored_once_whatever_happened_before(steps: list[Way]) -> None:
    """The close gate waits for the score of the latest version: no state of the handover holds it back."""
    run, latest = Run(), 0
    for decide, message in steps:
        before = len(run.told)
        run.follow((decide, message))
        if isinstance(message, PackageSubmitted):
            newer = [message.package_version] if message.package_version > latest else []
            assert [event.package_version for event in run.told[before:] if isinstance(event, PackageScored)] == newer
        latest = run.handover.package.version if run.handover and run.handover.package else 0


@settings(max_examples=100, deadline=None)
@given(st.lists(ways, max_size=20))
def test_a_handover_is_stored_and_read_back_as_it_was_and_the_same_steps_decide_the_same(steps: list[Way]) -> None:
    run = followed(steps)
    assert run == followed(steps)
    if run.handover is not None:
        assert HANDOVER.decode(HANDOVER.encode(run.handover), HANDOVER.schema) == run.handover


def test_a_finished_handover_takes_a_few_kilobytes() -> None:
    """Thousands of wins are imported at once: the template's letters and titles are not kept with each of them."""
    for handover in (an_open_handover(), a_completed_handover()):
        assert len(handover.model_dump_json()) < 4096
