"""When a survey is made and when it is stopped."""

import pytest

from contracts.feedback import SurveyDue, SurveyEnded, SurveyExpires, SurveyScheduled
from services.feedback.domain import DealSurveys, SurveyState
from services.feedback.handlers import ask_respondents, expire, schedule_survey, stop_surveys
from tests.deciding import NOW
from tests.services.feedback.given import (
    DUE_AT,
    EXPIRES_AT,
    NPS,
    after,
    answer,
    answering,
    around,
    asking,
    completed,
    due,
    invited,
    reminded,
    reopened,
    scheduled,
    survey_of,
    told,
)


@pytest.mark.requirement("R73")
def test_a_completed_handover_schedules_a_survey_some_days_after_the_events_own_time() -> None:
    decision = schedule_survey(None, completed(), around(NOW))
    (event,), survey = told(decision), survey_of(after(decision))
    assert event == SurveyScheduled(
        deal_id="deal-1", account_id="acme", cycle=1, survey_id=survey.survey_id, survey="nps", due_at=NOW + NPS.first_after
    )
    assert decision is not None
    (timer,) = decision.timers
    assert timer.due_at == event.due_at
    assert timer.message == SurveyDue(deal_id="deal-1", cycle=1, survey_id=survey.survey_id, due_at=event.due_at)


@pytest.mark.requirement("R73")
def test_a_customer_whose_onboarding_was_long_is_asked_later() -> None:
    late = NPS.long_onboarding
    assert late is not None
    assert survey_of(scheduled(days_from_win=late.from_days - 1)).due_at == NOW + NPS.first_after
    assert survey_of(scheduled(days_from_win=late.from_days)).due_at == NOW + late.first_after


def test_the_same_cycle_gets_one_survey_however_often_its_completion_is_told() -> None:
    assert schedule_survey(scheduled(), completed(), around()) is None


def test_a_survey_has_the_same_id_wherever_and_whenever_it_is_decided_and_another_in_each_cycle_and_deal() -> None:
    ids = {survey_of(scheduled(**fields)).survey_id for fields in ({}, {}, {"cycle": 2}, {"deal_id": "deal-2"})}
    assert len(ids) == 3


@pytest.mark.parametrize("deal", [scheduled(), asking(), invited(), reminded()])
def test_a_reopened_deal_stops_the_survey_of_its_older_cycle_and_cancels_its_timers(deal: DealSurveys) -> None:
    decision = stop_surveys(deal, reopened(), around(DUE_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveyEnded)
    assert (event.because, event.cycle, event.answered) == ("stopped", 1, 0)
    assert survey_of(after(decision)).state is SurveyState.STOPPED
    assert decision is not None
    assert {"due", "expires"} <= set(decision.cancel)
    assert {f"remind_{place}" for place in range(survey_of(deal).invited)} <= set(decision.cancel)


def test_an_answer_already_given_stays_when_the_deal_is_reopened() -> None:
    deal = after(answering(invited(), answer(9)))
    decision = stop_surveys(deal, reopened(), around(DUE_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveyEnded)
    assert (event.invited, event.answered) == (2, 1)
    assert survey_of(after(decision)).find("ada").answer is not None


@pytest.mark.parametrize("over", ["answered", "expired"])
def test_a_survey_that_is_over_is_not_stopped_once_more(over: str) -> None:
    deal = invited()
    if over == "answered":
        deal = after(answering(after(answering(deal, answer(9))), answer(8, person_id="ben")))
    else:
        survey = survey_of(deal)
        expires = due(deal).model_dump() | {"due_at": EXPIRES_AT, "survey_id": survey.survey_id}
        deal = after(expire(deal, SurveyExpires(**expires), around(EXPIRES_AT)))
    decision = stop_surveys(deal, reopened(), around(EXPIRES_AT))
    assert told(decision) == []
    assert survey_of(after(decision)).state == over
    assert after(decision).reopened == 2


def test_a_completion_of_an_older_cycle_that_comes_after_the_reopening_is_nothing_to_do() -> None:
    """Topics race each other: no decider assumes that one event comes before another."""
    deal = after(stop_surveys(None, reopened(cycle=2), around()))
    assert schedule_survey(deal, completed(cycle=1), around()) is None
    assert survey_of(after(schedule_survey(deal, completed(cycle=2), around()))).cycle == 2


def test_a_newer_cycles_completion_that_overtakes_the_reopening_stops_the_older_survey() -> None:
    decision = schedule_survey(invited(), completed(cycle=2), around(DUE_AT))
    ended, made = told(decision)
    assert isinstance(ended, SurveyEnded)
    assert (ended.cycle, ended.because) == (1, "stopped")
    assert isinstance(made, SurveyScheduled)
    assert made.cycle == 2
    assert decision is not None
    assert set(decision.cancel) == {"expires", "remind_0", "remind_1"}  # the timer `due` is moved, not cancelled
    assert after(stop_surveys(after(decision), reopened(cycle=2), around(DUE_AT))).survey == after(decision).survey


def test_a_reopening_told_twice_or_late_is_nothing_to_do() -> None:
    deal = after(stop_surveys(None, reopened(cycle=3), around()))
    assert stop_surveys(deal, reopened(cycle=3), around()) is None
    assert stop_surveys(deal, reopened(cycle=2), around()) is None


def test_a_stopped_survey_is_not_sent_when_its_time_comes() -> None:
    deal = scheduled()
    stopped = after(stop_surveys(deal, reopened(), around()))
    assert ask_respondents(stopped, due(deal), around(DUE_AT)) is None
