"""The kick-off: booked, moved, held, and opened in a calendar (R44)."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from chassis.decision import Actor, Forbidden, Invalid
from chassis.sealing import unseal
from contracts.onboarding import BookKickoff, CompleteStep, HoldKickoff, KickoffBooked, KickoffHeld
from services.onboarding import handlers
from services.onboarding.domain import Handover, HandoverNotOpen, HandoverNotRunning, KickoffAlreadyHeld, RoleNotAllowed, State
from services.onboarding.http.calendar import invitation
from tests.deciding import NOW, verified
from tests.services.onboarding.given import (
    CARA,
    CSM,
    POLICY,
    a_prepared_handover,
    after,
    an_accepted_handover,
    an_open_handover,
    asked_by,
    changed,
    do_steps,
    hold,
    lost,
    one,
    reopened,
    told,
    won,
)

AT = NOW + timedelta(days=3)


def book(days: int = 3) -> BookKickoff:
    """A time some days from now."""
    return BookKickoff(deal_id="deal-1", at=NOW + timedelta(days=days))


def booked(handover: Handover | None = None) -> Handover:
    """Booked for three days from now."""
    return after(handlers.book_kickoff(handover or an_open_handover(), book(), asked_by(CSM)))


@pytest.mark.requirement("R44")
def test_a_booking_is_told_and_its_deadline_is_met() -> None:
    decision = handlers.book_kickoff(an_open_handover(), book(), asked_by(CSM))
    assert decision is not None
    event = one(decision, KickoffBooked)
    assert (event.at, event.booked_by, list(decision.cancel)) == (AT, "cara", ["kickoff_booking"])


@pytest.mark.requirement("R44")
def test_the_same_time_again_is_nothing_to_do_and_another_one_moves_the_kickoff() -> None:
    assert handlers.book_kickoff(booked(), book(), asked_by(CSM)) is None
    moved = handlers.book_kickoff(booked(), book(5), asked_by(CSM))
    assert one(moved, KickoffBooked).at == NOW + timedelta(days=5)
    assert after(moved).kickoff.moves == 1


def test_a_kickoff_booked_during_preparation_is_not_owed_at_the_win() -> None:
    decision = handlers.open_handover(booked(a_prepared_handover()), won(), asked_by())
    assert decision is not None
    names = {timer.name for timer in decision.timers}
    assert "kickoff_booking" not in names
    assert "kickoff_holding" in names


def test_a_time_that_is_past_is_refused() -> None:
    with pytest.raises(Invalid, match="past") as refused:
        handlers.book_kickoff(an_open_handover(), book(-1), asked_by(CSM))
    assert refused.value.field == "at"


@pytest.mark.requirement("R44")
def test_holding_it_with_notes_meets_both_deadlines_and_seals_the_notes() -> None:
    command = HoldKickoff(deal_id="deal-1", held_at=NOW, notes="they brought cake")
    decision = handlers.hold_kickoff(an_open_handover(), command, asked_by(CSM))
    assert decision is not None
    assert set(decision.cancel) == {"kickoff_booking", "kickoff_holding"}
    event = one(decision, KickoffHeld)
    assert event.notes is not None
    assert unseal(CARA, event.notes) == "they brought cake"
    assert [(row.collection, row.id) for row in decision.rows] == [("kickoff_notes", "deal-1:1")]


def test_it_is_held_once_and_the_same_time_again_is_nothing_to_do() -> None:
    held = after(hold(an_open_handover()))
    assert hold(held) is None
    with pytest.raises(KickoffAlreadyHeld):
        handlers.hold_kickoff(held, HoldKickoff(deal_id="deal-1", held_at=NOW - timedelta(hours=1)), asked_by(CSM))
    with pytest.raises(KickoffAlreadyHeld):
        handlers.book_kickoff(held, book(), asked_by(CSM))


def test_it_is_not_held_before_the_win_nor_before_its_time_nor_after_a_stop() -> None:
    with pytest.raises(HandoverNotOpen):
        hold(a_prepared_handover())
    with pytest.raises(Invalid, match="before its time"):
        handlers.hold_kickoff(an_open_handover(), HoldKickoff(deal_id="deal-1", held_at=AT), asked_by(CSM))
    stopped = after(handlers.stop_lost(a_prepared_handover(), lost(), asked_by()))
    with pytest.raises(HandoverNotRunning):
        handlers.book_kickoff(stopped, book(), asked_by(CSM))


def test_a_callers_clock_may_be_a_little_off() -> None:
    ahead = HoldKickoff(deal_id="deal-1", held_at=NOW + POLICY.kickoff.clocks_apart)
    assert told(handlers.hold_kickoff(an_open_handover(), ahead, asked_by(CSM))) == ["KickoffHeld"]
    behind = BookKickoff(deal_id="deal-1", at=NOW - POLICY.kickoff.clocks_apart)
    assert told(handlers.book_kickoff(an_open_handover(), behind, asked_by(CSM))) == ["KickoffBooked"]


def test_a_token_without_one_of_the_policys_roles_books_nothing_and_a_claimed_source_does() -> None:
    with pytest.raises(RoleNotAllowed):
        handlers.book_kickoff(an_open_handover(), book(), asked_by(verified("eng", "sales_engineer")))
    assert one(handlers.book_kickoff(an_open_handover(), book(), asked_by(Actor(id="/calendar"))), KickoffBooked).booked_by == "/calendar"


def test_notes_without_a_token_are_refused() -> None:
    with pytest.raises(Forbidden):
        handlers.hold_kickoff(an_open_handover(), HoldKickoff(deal_id="deal-1", held_at=NOW, notes="x"), asked_by())


@pytest.mark.requirement("R44")
def test_whether_the_kickoff_is_part_of_completion_is_the_policys_word() -> None:
    accepted = do_steps(an_accepted_handover(), [name for name in POLICY.by_step if name != "promises"])
    last = CompleteStep(deal_id="deal-1", step="promises", role="sales_rep")
    assert told(handlers.complete_step(accepted, last, asked_by())) == ["StepCompleted"]
    optional = changed(kickoff=POLICY.kickoff.model_dump() | {"required": False})
    assert told(handlers.complete_step(accepted, last, asked_by(policy=optional))) == ["StepCompleted", "HandoverCompleted"]
    done = do_steps(an_accepted_handover(), POLICY.by_step)
    assert told(hold(done)) == ["KickoffHeld", "HandoverCompleted"]


@pytest.mark.requirement("R44")
def test_the_calendar_file_reads_back_with_the_time_the_length_and_the_account() -> None:
    event = Calendar.from_ical(invitation(booked()).to_ical()).walk("VEVENT")[0]
    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"]) == ("Kick-off: Acme Corporation", "CONFIRMED", 0)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (AT, AT + timedelta(minutes=POLICY.kickoff.minutes))


@pytest.mark.requirement("R44")
def test_a_moved_kickoff_replaces_the_one_in_the_calendar_and_a_stopped_one_cancels_it() -> None:
    """The event's id stays while SEQUENCE grows (RFC 5546), so that a calendar updates its entry rather than adding one."""
    first, moved = booked(), after(handlers.book_kickoff(booked(), book(5), asked_by(CSM)))
    stopped = after(handlers.stop_reopened(moved, reopened(), asked_by()))
    assert stopped.state is State.STOPPED
    events = [Calendar.from_ical(invitation(handover).to_ical()).walk("VEVENT")[0] for handover in (first, moved, stopped)]
    assert len({event["UID"] for event in events}) == 1
    assert [(event["SEQUENCE"], event["STATUS"]) for event in events] == [(0, "CONFIRMED"), (1, "CONFIRMED"), (2, "CANCELLED")]


def test_a_name_with_line_breaks_and_commas_stays_one_line_of_text_in_the_calendar() -> None:
    odd = booked().model_copy(update={"account_name": "Acme, Inc.;\r\nBEGIN:VALARM"})
    (event,) = Calendar.from_ical(invitation(odd).to_ical()).walk("VEVENT")
    assert event.subcomponents == []
    assert "Acme, Inc.;" in str(event["SUMMARY"])
