"""Whether a person may be asked: the throttle over all deals, the sealed link, and the wait for a record that has not come."""

from datetime import datetime, timedelta

import pytest

from chassis.decision import Timer
from contracts.feedback import AskRespondent, PersonAwaited, RespondentDenied, RespondentGranted
from services.feedback.domain import Respondent
from services.feedback.handlers import ask_respondent, look_again
from services.feedback.links import Invitation
from tests.services.feedback.given import ADA, BEN, DUE_AT, NPS, RULES, alone, around, opened, question

LOOK = NPS.awaited_person.look_again_every


def look(at: datetime) -> PersonAwaited:
    """The timer of a look for Ada's record."""
    return PersonAwaited(respondent_id="ada", due_at=at)


def of_deal(deal_id: str) -> AskRespondent:
    """The question of another deal about Ada."""
    return question().model_copy(update={"deal_id": deal_id, "survey_id": f"survey of {deal_id}"})


def reply(person: Respondent | None, asked: AskRespondent, after: timedelta = timedelta(0)) -> tuple[Respondent, list[object]]:
    """The respondent's state and replies when asked some time after the survey was due."""
    decision = ask_respondent(person, asked, around(DUE_AT + after))
    assert decision.state is not None
    return decision.state, list(decision.events)


@pytest.mark.requirement("X5")
def test_a_person_who_may_be_asked_gets_a_link_that_only_they_can_open_and_that_says_who_answers_what() -> None:
    """The link is the respondent's key to the survey, and travels sealed under the key in their record."""
    asked = question("ada")
    person, (granted,) = reply(None, asked)
    assert isinstance(granted, RespondentGranted)
    link = opened(ADA, granted.link)
    assert link is not None
    assert opened(BEN, granted.link) is None
    base, _, token = link.rpartition("/")
    assert base == "https://feedback.example.com/answers"
    assert RULES.links.read(token, DUE_AT) == Invitation("deal-1", asked.survey_id, "ada")
    assert person.asked_at == DUE_AT


@pytest.mark.requirement("R74")
def test_nobody_is_invited_twice_within_the_throttle_whatever_the_deal() -> None:
    person, _ = reply(None, of_deal("deal-1"))
    person, (no,) = reply(person, of_deal("deal-2"), NPS.throttle - timedelta(seconds=1))
    assert isinstance(no, RespondentDenied)
    assert (no.deal_id, no.because) == ("deal-2", "throttled")
    assert person.asked_at == DUE_AT
    _, (yes,) = reply(person, of_deal("deal-3"), NPS.throttle)
    assert isinstance(yes, RespondentGranted)


def test_a_question_about_a_person_whose_record_has_not_come_waits_and_is_not_lost() -> None:
    decision = ask_respondent(None, question("ada"), alone(DUE_AT))
    assert decision.events == []
    assert decision.timers == [Timer("person", look(DUE_AT + LOOK), DUE_AT + LOOK)]
    later = look_again(decision.state, look(DUE_AT + LOOK), alone(DUE_AT + LOOK))
    assert later is not None
    assert later.timers == [Timer("person", look(DUE_AT + 2 * LOOK), DUE_AT + 2 * LOOK)]
    there = look_again(later.state, look(DUE_AT + 2 * LOOK), around(DUE_AT + 2 * LOOK, ADA))
    assert there is not None
    assert [type(event) for event in there.events] == [RespondentGranted]
    assert (there.state, there.timers) == (Respondent(person_id="ada", asked_at=DUE_AT + 2 * LOOK), [])
    assert look_again(there.state, look(DUE_AT), around(DUE_AT)) is None


def test_the_wait_for_a_record_ends_with_unreachable_at_its_time_and_not_later() -> None:
    asked = question("ada")
    waiting = ask_respondent(None, asked, alone(asked.give_up_at - LOOK / 2))
    assert [timer.due_at for timer in waiting.timers] == [asked.give_up_at]
    stored = asked.give_up_at - timedelta(microseconds=300)  # a stored timer keeps milliseconds
    given_up = look_again(waiting.state, look(asked.give_up_at), alone(stored))
    assert given_up is not None
    (no,) = given_up.events
    assert isinstance(no, RespondentDenied)
    assert no.because == "unreachable"
    assert given_up.timers == []


def test_of_several_deals_that_wait_for_one_person_the_first_invites_and_the_throttle_denies_the_others() -> None:
    first = ask_respondent(None, of_deal("deal-1"), alone(DUE_AT))
    second = ask_respondent(first.state, of_deal("deal-2"), alone(DUE_AT))
    there = look_again(second.state, look(DUE_AT + LOOK), around(DUE_AT + LOOK, ADA))
    assert there is not None
    yes, no = there.events
    assert isinstance(yes, RespondentGranted)
    assert isinstance(no, RespondentDenied)
    assert (yes.deal_id, no.deal_id, no.because) == ("deal-1", "deal-2", "throttled")


def test_a_question_that_was_decided_late_does_not_set_the_throttle_back() -> None:
    person = Respondent(person_id="ada", asked_at=DUE_AT)
    assert person.asked(DUE_AT - timedelta(days=1)).asked_at == DUE_AT


def test_without_a_throttle_nobody_is_denied_though_the_times_of_several_deals_lie_apart() -> None:
    """Messages of several deals reach a respondent in any order: one may be older than the last time they were asked."""
    asked = Respondent(person_id="ada").asked(DUE_AT)
    assert not asked.throttled(DUE_AT - timedelta(minutes=5), timedelta(0))
    assert asked.throttled(DUE_AT - timedelta(minutes=5), timedelta(days=30))
