"""A win opens its handover: with its gaps, what is owed by when, and back to sales if the package fell behind."""

from datetime import timedelta

import pytest

from chassis.decision import Decision
from contracts.onboarding import HandoverOpened, HandoverPrepared, HandoverReturned, KickoffBookingDue, KickoffHoldingDue, StepDue
from services.onboarding import handlers
from services.onboarding.domain import Handover, State
from tests.deciding import NOW
from tests.services.onboarding.given import (
    FULL,
    POLICY,
    THIN,
    THRESHOLD,
    a_completed_handover,
    a_prepared_handover,
    after,
    an_open_handover,
    asked_by,
    changed,
    do_steps,
    moved,
    one,
    reopened,
    submitted,
    told,
    waived_win,
    won,
)


def prepared_with(*versions: object) -> Handover:
    """A prepared handover with these versions of its package scored."""
    handover = a_prepared_handover()
    for number, package in enumerate(versions, 1):
        handover = after(handlers.score_package(handover, submitted(package, number), asked_by()))  # type: ignore[arg-type]
    return handover


def opened(handover: Handover | None, win: object = None) -> Decision[Handover]:
    """The decision on the win."""
    decision = handlers.open_handover(handover, win or won(), asked_by())  # type: ignore[arg-type]
    assert decision is not None
    return decision


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("stage", sorted(POLICY.prepare_at_stages))
def test_a_handover_is_prepared_when_the_deal_reaches_a_stage_that_the_policy_names(stage: str) -> None:
    decision = handlers.prepare_at_stage(None, moved(stage), asked_by())
    assert one(decision, HandoverPrepared).steps == tuple(step.step for step in POLICY.steps)
    assert after(decision).state is State.PREPARED


@pytest.mark.requirement("R27")
def test_other_stages_and_the_same_stage_again_prepare_nothing() -> None:
    assert handlers.prepare_at_stage(None, moved("engaging"), asked_by()) is None
    assert handlers.prepare_at_stage(a_prepared_handover(), moved("contracting"), asked_by()) is None
    assert handlers.prepare_at_stage(an_open_handover(), moved("contracting"), asked_by()) is None


@pytest.mark.requirement("R27")
def test_a_prepared_handover_is_kept_at_the_win_with_the_steps_done_before() -> None:
    """A step that was done during preparation stays done, is not owed any more, and no timer is set for it."""
    decision = opened(do_steps(prepared_with(FULL), ["promises"]))
    assert told(decision) == ["HandoverOpened"]
    assert set(after(decision).steps) == {"promises"}
    assert "step_promises" not in {timer.name for timer in decision.timers}


@pytest.mark.requirement("R26")
def test_a_win_without_preparation_opens_the_handover_with_the_score_it_was_won_with() -> None:
    event = one(opened(None, won(package_version=3, package_score=88)), HandoverOpened)
    assert (event.package_version, event.score, event.account_name, event.deadlines) == (3, 88, "Acme Corporation", True)


@pytest.mark.requirement("R26")
def test_the_gaps_of_a_package_travel_with_the_opening() -> None:
    thin = FULL.model_copy(update={"promises": ()})
    assert [gap.section for gap in one(opened(prepared_with(thin), won(package_score=90)), HandoverOpened).gaps] == ["promises"]


@pytest.mark.requirement("R26")
def test_a_win_is_returned_by_the_policy_if_a_newer_version_is_not_good_enough() -> None:
    decision = opened(prepared_with(FULL, THIN))
    assert told(decision) == ["HandoverOpened", "HandoverReturned"]
    returned = one(decision, HandoverReturned)
    assert (returned.returned_by, returned.package_version, returned.reason) == ("policy", 2, None)
    assert "pain_points" in {gap.section for gap in returned.gaps}
    assert after(decision).state is State.RETURNED
    assert [row.id for row in decision.rows] == ["deal-1:1:1"]


@pytest.mark.requirement("R26")
def test_a_win_is_returned_by_the_policy_if_its_own_score_is_below_todays_threshold() -> None:
    assert told(opened(None, won(package_score=THRESHOLD - 1))) == ["HandoverOpened", "HandoverReturned"]
    assert told(opened(None, won(package_score=THRESHOLD))) == ["HandoverOpened"]


def test_a_newer_version_that_is_good_enough_makes_up_for_the_one_it_was_won_with() -> None:
    assert told(opened(prepared_with(THIN, FULL), won(package_score=THRESHOLD - 1))) == ["HandoverOpened"]


@pytest.mark.requirement("R26")
def test_a_waived_package_opens_with_its_gaps_and_is_not_returned_by_the_policy() -> None:
    for handover in (None, prepared_with(THIN)):
        decision = opened(handover, waived_win())
        assert told(decision) == ["HandoverOpened"]
        assert one(decision, HandoverOpened).gaps
        assert after(decision).state is State.OPEN


@pytest.mark.requirement("R44")
@pytest.mark.requirement("O2")
def test_the_win_sets_a_timer_for_each_step_and_for_booking_and_holding_the_kickoff() -> None:
    """The kick-off is owed 48 h and 14 days after the win, by the win's own time; each step by the policy's."""
    due = {timer.name: (type(timer.message), timer.due_at - NOW) for timer in opened(None).timers}
    assert due.pop("kickoff_booking") == (KickoffBookingDue, timedelta(hours=48))
    assert due.pop("kickoff_holding") == (KickoffHoldingDue, timedelta(days=14))
    assert due == {f"step_{step.step}": (StepDue, step.within) for step in POLICY.steps}


@pytest.mark.requirement("O2")
@pytest.mark.parametrize(("days", "timed"), [(90, True), (91, False), (3000, False)])
def test_a_win_that_was_closed_long_ago_opens_without_deadlines_and_says_so(days: int, timed: bool) -> None:
    decision = opened(None, waived_win(closed_on=NOW.date() - timedelta(days=days)))
    assert (bool(decision.timers), one(decision, HandoverOpened).deadlines) == (timed, timed)


def test_an_old_win_that_the_policy_returns_is_not_owed_a_package_either() -> None:
    decision = opened(None, won(package_score=0, closed_on=NOW.date() - timedelta(days=400)))
    assert (told(decision), list(decision.timers)) == (["HandoverOpened", "HandoverReturned"], [])


@pytest.mark.requirement("O2")
def test_a_return_by_the_policy_asks_for_a_better_package_within_24_hours() -> None:
    (timer,) = [timer for timer in opened(None, won(package_score=0)).timers if timer.name == "package"]
    assert timer.due_at - NOW == timedelta(hours=24)


@pytest.mark.requirement("D1")
def test_a_second_win_of_a_cycle_and_a_win_of_an_older_one_are_nothing_to_do() -> None:
    for handover in (an_open_handover(), a_completed_handover()):
        assert handlers.open_handover(handover, won(), asked_by()) is None
    stopped = after(handlers.stop_reopened(an_open_handover(), reopened(), asked_by()))
    assert handlers.open_handover(stopped, won(cycle=1), asked_by()) is None


def test_steps_without_a_time_have_no_timer() -> None:
    steps = [step.model_dump() | {"within": None} for step in POLICY.steps]
    decision = handlers.open_handover(None, won(), asked_by(policy=changed(steps=steps)))
    assert decision is not None
    assert {timer.name for timer in decision.timers} == {"kickoff_booking", "kickoff_holding"}
