"""A reopened deal stops its handover and the next cycle begins afresh; a lost one stops its preparation (D1)."""

import pytest

from contracts.onboarding import HandoverPrepared, HandoverStopped
from services.onboarding import handlers
from services.onboarding.domain import Handover, State
from tests.services.onboarding.given import (
    FULL,
    POLICY,
    a_completed_handover,
    a_prepared_handover,
    a_returned_handover,
    after,
    an_accepted_handover,
    an_open_handover,
    asked_by,
    do_steps,
    lost,
    moved,
    one,
    reopened,
    submitted,
    told,
    won,
)

PREPARING = sorted(POLICY.prepare_at_stages)[0]


@pytest.mark.requirement("D1")
@pytest.mark.parametrize("handover", [a_prepared_handover(), an_open_handover(), a_returned_handover(), an_accepted_handover()])
def test_a_reopening_stops_what_is_under_way_and_cancels_all_that_is_owed(handover: Handover) -> None:
    decision = handlers.stop_reopened(handover, reopened(), asked_by())
    assert decision is not None
    event = one(decision, HandoverStopped)
    assert (event.because, event.cycle) == ("reopened", 1)
    assert set(decision.cancel) == set(handover.deadlines)
    assert (after(decision).state, after(decision).highest_reopened) == (State.STOPPED, 2)


@pytest.mark.requirement("D1")
def test_a_completed_handover_stays_completed_and_its_next_cycle_can_be_won() -> None:
    decision = handlers.stop_reopened(a_completed_handover(), reopened(), asked_by())
    assert (told(decision), after(decision).state) == ([], State.COMPLETED)
    assert told(handlers.open_handover(after(decision), won(cycle=2), asked_by())) == ["HandoverOpened"]


@pytest.mark.requirement("D1")
def test_the_next_win_opens_a_fresh_handover_that_keeps_only_the_packages_score() -> None:
    """What was documented for the win that is undone has to be confirmed anew; the older handover is kept beside."""
    stopped = after(handlers.stop_reopened(do_steps(an_accepted_handover(), ["promises"]), reopened(), asked_by()))
    decision = handlers.open_handover(stopped, won(cycle=2), asked_by())
    fresh = after(decision)
    assert decision is not None
    assert (fresh.cycle, fresh.state, fresh.steps, fresh.accepted) == (2, State.OPEN, {}, None)
    assert fresh.package is not None
    assert fresh.package.score == 100
    assert len(decision.timers) == len(POLICY.steps) + 2
    assert list(decision.cancel) == []
    (row,) = decision.rows
    assert (row.collection, row.id, row.content["state"], set(row.content["steps"])) == (
        "past_handovers",
        "deal-1:1",
        "stopped",
        {"promises"},
    )


@pytest.mark.requirement("D1")
def test_events_of_an_older_cycle_are_nothing_to_do() -> None:
    stopped = after(handlers.stop_reopened(an_open_handover(), reopened(), asked_by()))
    assert handlers.open_handover(stopped, won(), asked_by()) is None
    assert handlers.prepare_at_stage(stopped, moved(), asked_by()) is None
    assert handlers.stop_lost(stopped, lost(), asked_by()) is None
    assert handlers.stop_reopened(stopped, reopened(), asked_by()) is None


@pytest.mark.requirement("D1")
def test_a_reopening_that_comes_before_its_win_is_remembered() -> None:
    """A redriven win of cycle 1 that comes after the reopening opens nothing."""
    known = after(handlers.stop_reopened(None, reopened(), asked_by()))
    assert handlers.open_handover(known, won(cycle=1), asked_by()) is None
    assert told(handlers.open_handover(known, won(cycle=2), asked_by())) == ["HandoverOpened"]


@pytest.mark.requirement("R27")
def test_a_deal_reopened_at_a_stage_of_preparation_begins_the_next_preparation_at_once() -> None:
    decision = handlers.stop_reopened(an_open_handover(), reopened(stage=PREPARING), asked_by())
    assert told(decision) == ["HandoverStopped", "HandoverPrepared"]
    assert one(decision, HandoverPrepared).cycle == 2
    assert (after(decision).state, after(decision).account_name) == (State.PREPARED, "Acme Corporation")


@pytest.mark.requirement("D1")
def test_an_event_of_a_newer_cycle_begins_it_even_if_the_reopening_was_not_heard_of() -> None:
    """`DealReopened` may lie among the dead letters: the older handover is stopped all the same, and the reopening is then nothing."""
    handover = an_open_handover()
    decision = handlers.open_handover(handover, won(cycle=2), asked_by())
    assert decision is not None
    assert told(decision) == ["HandoverStopped", "HandoverOpened"]
    assert {timer.name for timer in decision.timers} == set(handover.deadlines)
    assert list(decision.cancel) == []
    assert handlers.stop_reopened(after(decision), reopened(), asked_by()) is None


def test_a_package_of_the_new_cycle_begins_it() -> None:
    stopped = after(handlers.stop_reopened(an_open_handover(), reopened(), asked_by()))
    decision = handlers.score_package(stopped, submitted(FULL, version=2, cycle=2), asked_by())
    assert (told(decision), after(decision).cycle, after(decision).state) == (["PackageScored"], 2, State.EXPECTED)


def test_a_loss_stops_a_preparation_and_a_deal_never_prepared_has_nothing_to_stop() -> None:
    decision = handlers.stop_lost(a_prepared_handover(), lost(), asked_by())
    assert one(decision, HandoverStopped).because == "lost"
    assert after(decision).state is State.STOPPED
    assert handlers.stop_lost(None, lost(), asked_by()) is None
    scored = after(handlers.score_package(None, submitted(), asked_by()))
    assert handlers.stop_lost(scored, lost(), asked_by()) is None


def test_a_loss_in_a_newer_cycle_stops_the_handover_of_the_older_one() -> None:
    decision = handlers.stop_lost(an_open_handover(), lost(cycle=2), asked_by())
    assert (told(decision), after(decision).cycle) == (["HandoverStopped"], 2)
