"""What is learnt of a customer on the way: contacts, another account, an unhappy answer."""

from datetime import timedelta

import pytest

from contracts.deals import Account, DealContactAdded, DealReassigned
from contracts.feedback import DetractorRaised
from contracts.onboarding import FollowUpOpened, HandoverCompleted
from contracts.values import ContactRef
from services.onboarding import handlers
from services.onboarding.domain import HandoverUnknown
from tests.deciding import NOW
from tests.services.onboarding.given import (
    ABOUT,
    POLICY,
    a_completed_handover,
    a_prepared_handover,
    after,
    an_accepted_handover,
    an_open_handover,
    asked_by,
    do_steps,
    hold,
    one,
    reopened,
    told,
)

NEW = ContactRef(person_id="p9", role="power_user")


def unhappy(cycle: int = 1, survey: str = "survey-1") -> DetractorRaised:
    """A detractor's answer."""
    return DetractorRaised(**ABOUT, cycle=cycle, survey_id=survey, respondent_id="p1", score=3)


@pytest.mark.requirement("R73")
def test_a_detractors_answer_is_followed_up_by_the_policys_role_within_its_time() -> None:
    decision = handlers.follow_up_detractor(a_completed_handover(), unhappy(), asked_by())
    event = one(decision, FollowUpOpened)
    assert (event.role, event.due_at, event.respondent_id, event.survey_id) == ("csm", NOW + timedelta(days=2), "p1", "survey-1")


@pytest.mark.requirement("R73")
def test_one_answer_is_followed_up_once_and_another_survey_again() -> None:
    followed = after(handlers.follow_up_detractor(a_completed_handover(), unhappy(), asked_by()))
    assert handlers.follow_up_detractor(followed, unhappy(), asked_by()) is None
    assert told(handlers.follow_up_detractor(followed, unhappy(survey="survey-2"), asked_by())) == ["FollowUpOpened"]


@pytest.mark.requirement("D1")
def test_an_answer_about_an_older_cycle_is_nothing_to_do_and_one_about_no_handover_is_refused() -> None:
    over = after(handlers.stop_reopened(a_completed_handover(), reopened(), asked_by()))
    assert handlers.follow_up_detractor(over, unhappy(), asked_by()) is None
    with pytest.raises(HandoverUnknown):
        handlers.follow_up_detractor(None, unhappy(), asked_by())


def test_an_answer_about_a_cycle_that_was_not_heard_of_yet_is_followed_up() -> None:
    """After a restore two topics may be read in another order than they were written in; the customer is unhappy all the same."""
    assert told(handlers.follow_up_detractor(a_completed_handover(), unhappy(cycle=2), asked_by())) == ["FollowUpOpened"]


def test_a_contact_added_after_the_win_travels_with_the_completion() -> None:
    added = DealContactAdded(**ABOUT, cycle=1, contact=NEW)
    joined = after(handlers.take_contact(an_accepted_handover(), added, asked_by()))
    assert handlers.take_contact(joined, added, asked_by()) is None
    completed = one(hold(do_steps(joined, POLICY.by_step)), HandoverCompleted)
    assert completed.contacts[-1] == NEW


def test_a_contact_added_before_the_win_comes_with_the_win() -> None:
    added = DealContactAdded(**ABOUT, cycle=1, contact=NEW)
    for handover in (None, a_prepared_handover()):
        assert handlers.take_contact(handover, added, asked_by()) is None


def test_another_account_is_told_of_from_then_on() -> None:
    moved = DealReassigned(**ABOUT, cycle=1, account=Account(account_id="globex", name="Globex"), owner_id="rep")
    followed = after(handlers.follow_account(an_open_handover(), moved, asked_by()))
    assert (followed.account_id, followed.account_name) == ("globex", "Globex")
    assert handlers.follow_account(followed, moved, asked_by()) is None
    assert handlers.follow_account(None, moved, asked_by()) is None


@pytest.mark.requirement("D1")
def test_what_is_learnt_late_of_a_cycle_that_is_over_changes_nothing() -> None:
    """Guarantee: a deal that was reopened far from its end has no next handover yet, and its last one is over all the same."""
    over = after(handlers.stop_reopened(a_completed_handover(), reopened(stage="prospecting"), asked_by()))
    assert (over.cycle, over.highest_reopened) == (1, 2)
    moved = DealReassigned(**ABOUT, cycle=1, account=Account(account_id="globex", name="Globex"), owner_id="rep")
    assert handlers.follow_account(over, moved, asked_by()) is None
    assert handlers.take_contact(over, DealContactAdded(**ABOUT, cycle=1, contact=NEW), asked_by()) is None
