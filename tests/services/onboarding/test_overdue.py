"""What is owed and not done by its time is told once, to whom it concerns; what is done is not (O2, R65)."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.decision import Decision
from contracts.onboarding import BookKickoff, KickoffOverdue, PackageOverdue, StepDue, StepOverdue
from services.onboarding import handlers
from services.onboarding.domain import Handover
from tests.deciding import NOW
from tests.services.onboarding.given import (
    CSM,
    POLICY,
    Decide,
    a_completed_handover,
    a_returned_handover,
    after,
    an_open_handover,
    asked_by,
    changed,
    do_steps,
    hold,
    one,
    reopened,
    submitted,
    told,
    won,
)

RAISE: dict[str, Decide] = {
    "kickoff_booking": handlers.raise_booking,
    "kickoff_holding": handlers.raise_holding,
    "package": handlers.raise_package,
}


def timers(decision: Decision[Handover] | None) -> dict[str, Any]:
    """The messages of the timers that a decision sets, by name."""
    assert decision is not None
    return {timer.name: timer.message for timer in decision.timers}


WIN = timers(handlers.open_handover(None, won(), asked_by()))


def fire(handover: Handover | None, name: str) -> Decision[Handover] | None:
    """A timer of the win comes true."""
    message = WIN[name]
    return RAISE.get(name, handlers.raise_step)(handover, message, asked_by(now=message.due_at))


@pytest.mark.requirement("O2")
@pytest.mark.parametrize(("name", "missing", "after_win"), [("kickoff_booking", "booking", 2), ("kickoff_holding", "holding", 14)])
def test_a_kickoff_that_is_not_booked_or_held_in_time_is_raised_for_its_accountable(name: str, missing: str, after_win: int) -> None:
    event = one(fire(an_open_handover(), name), KickoffOverdue)
    assert (event.missing, event.due_at, event.accountable) == (missing, NOW + timedelta(days=after_win), "onboarding_manager")


@pytest.mark.requirement("R65")
@pytest.mark.parametrize("step", POLICY.by_step)
def test_a_step_that_is_late_is_raised_with_its_accountable_and_those_who_do_it(step: str) -> None:
    event = one(fire(an_open_handover(), f"step_{step}"), StepOverdue)
    letters = POLICY.by_step[step].letters
    assert (event.step, event.accountable, event.responsible) == (step, letters.accountable, letters.responsible)


@pytest.mark.requirement("O2")
def test_a_returned_package_that_is_not_bettered_in_time_is_raised() -> None:
    returned = handlers.open_handover(None, won(package_score=0), asked_by())
    due = timers(returned)["package"]
    event = one(handlers.raise_package(after(returned), due, asked_by(now=due.due_at)), PackageOverdue)
    assert (event.accountable, event.due_at, event.package_version) == ("sales_manager", NOW + timedelta(hours=24), 1)


@pytest.mark.requirement("O2")
def test_what_is_done_in_time_is_not_raised_even_if_its_timer_fires() -> None:
    booked = after(handlers.book_kickoff(an_open_handover(), BookKickoff(deal_id="deal-1", at=NOW + timedelta(days=1)), asked_by(CSM)))
    assert fire(booked, "kickoff_booking") is None
    assert fire(after(hold(an_open_handover())), "kickoff_holding") is None
    assert fire(do_steps(an_open_handover(), ["promises"]), "step_promises") is None
    bettered = after(handlers.score_package(a_returned_handover(), submitted(version=2), asked_by()))
    assert handlers.raise_package(bettered, timers_of_return(), asked_by()) is None


def timers_of_return() -> Any:
    """The timer that a return sets."""
    return timers(handlers.open_handover(None, won(package_score=0), asked_by()))["package"]


def test_it_is_told_once() -> None:
    late = after(fire(an_open_handover(), "step_promises"))
    assert late.overdue == ("step_promises",)
    assert fire(late, "step_promises") is None


def test_what_is_done_late_is_not_overdue_any_more() -> None:
    late = after(fire(an_open_handover(), "step_promises"))
    assert do_steps(late, ["promises"]).overdue == ()


@pytest.mark.requirement("D1")
def test_nothing_of_a_stopped_completed_or_older_handover_is_raised() -> None:
    stopped = after(handlers.stop_reopened(an_open_handover(), reopened(), asked_by()))
    next_cycle = after(handlers.open_handover(stopped, won(cycle=2), asked_by()))
    for handover in (None, stopped, a_completed_handover(), next_cycle):
        for name in WIN:
            assert fire(handover, name) is None


def test_a_step_that_the_template_lost_meanwhile_is_not_raised() -> None:
    policy = changed(steps=[step.model_dump() for step in POLICY.steps if step.step != "promises"])
    due = WIN["step_promises"]
    assert isinstance(due, StepDue)
    assert handlers.raise_step(an_open_handover(), due, asked_by(policy=policy)) is None


def test_a_timer_says_nothing_more_than_the_event() -> None:
    assert told(fire(an_open_handover(), "step_promises")) == ["StepOverdue"]
