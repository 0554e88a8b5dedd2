"""Answers: what is kept and told of them, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.decision import Actor, Forbidden, PersonUnknown
from contracts.feedback import DetractorRaised, FeedbackCollected, SurveyCommandRefused, SurveyEnded
from services.feedback.domain import AlreadyAnswered, NotInvited, SurveyClosed, SurveyState, SurveyUnknown
from services.feedback.handlers import answer_survey, refusal, stop_surveys
from services.feedback.handlers.answering import RESPONDENT
from tests.deciding import verified
from tests.services.feedback.given import (
    ADA,
    BEN,
    DUE_AT,
    EXPIRES_AT,
    after,
    alone,
    answer,
    answering,
    around,
    asking,
    invited,
    opened,
    reminded,
    reopened,
    survey_of,
    told,
)


@pytest.mark.requirement("R73")
def test_an_answer_is_told_with_its_score_who_gave_it_and_its_comment_sealed_under_their_key() -> None:
    decision = answering(invited(), answer(9, "Quick and kind."))
    (event,) = told(decision)
    assert isinstance(event, FeedbackCollected)
    assert (event.score, event.respondent_id, event.answered_at, event.key) == (9, "ada", DUE_AT, "deal-1")
    assert opened(ADA, event.comment) == "Quick and kind."
    assert opened(BEN, event.comment) is None
    assert "Quick" not in after(decision).model_dump_json()


@given(st.integers(0, 10))
@pytest.mark.requirement("R75")
def test_a_detractors_answer_is_raised_right_after_it_was_told_and_no_other_is(score: int) -> None:
    events = told(answering(invited(), answer(score, "because")))
    assert isinstance(events[0], FeedbackCollected)
    raised = [event for event in events if isinstance(event, DetractorRaised)]
    assert len(raised) == (score <= 6)
    if raised:
        assert events[1] is raised[0]
        assert (raised[0].score, raised[0].respondent_id, raised[0].comment) == (score, "ada", events[0].comment)


def test_an_answer_is_kept_for_the_score_without_the_words_of_the_person() -> None:
    decision = answering(invited(), answer(3, "Slow and rude."))
    assert decision is not None
    (row,) = decision.rows
    assert row.collection == "nps_answers"
    assert row.content == {
        "deal_id": "deal-1",
        "account_id": "acme",
        "cycle": 1,
        "survey_id": survey_of(invited()).survey_id,
        "respondent_id": "ada",
        "score": 3,
        "answered_at": DUE_AT,
    }


@pytest.mark.requirement("R74")
def test_an_answer_cancels_the_persons_reminder_and_the_last_one_ends_the_survey() -> None:
    first = answering(invited(), answer(9))
    assert first is not None
    assert list(first.cancel) == ["remind_1"]
    assert survey_of(after(first)).state is SurveyState.INVITED
    last = answering(after(first), answer(6, person_id="ben"))
    assert [type(event) for event in told(last)] == [FeedbackCollected, DetractorRaised, SurveyEnded]
    assert last is not None
    assert list(last.cancel) == ["remind_0", "expires"]
    assert survey_of(after(last)).state is SurveyState.ANSWERED


def test_an_answer_after_the_reminder_counts() -> None:
    assert told(answering(reminded(), answer(8)))


@pytest.mark.parametrize("comment", [None, "Quick and kind."])
def test_a_form_sent_twice_is_counted_once(comment: str | None) -> None:
    """The same answer again, whatever has become of the survey, is nothing to do."""
    deal = after(answering(invited(), answer(9, comment)))
    assert answering(deal, answer(9, comment), EXPIRES_AT) is None
    stopped = after(stop_surveys(deal, reopened(), around(DUE_AT)))
    assert answering(stopped, answer(9, comment)) is None


@pytest.mark.parametrize(("score", "comment"), [(8, "Quick."), (9, None), (9, "Slow.")])
def test_another_answer_by_the_same_person_is_refused(score: int, comment: str | None) -> None:
    deal = after(answering(invited(), answer(9, "Quick.")))
    with pytest.raises(AlreadyAnswered):
        answering(deal, answer(score, comment))


def test_who_was_not_invited_cannot_answer() -> None:
    with pytest.raises(NotInvited):
        answering(invited(), answer(9, person_id="cleo"))
    with pytest.raises(NotInvited):
        answering(asking(), answer(9))


def test_a_survey_that_is_unknown_stopped_or_expired_takes_no_answer() -> None:
    deal = invited()
    with pytest.raises(SurveyUnknown):
        answering(deal, answer(9).model_copy(update={"survey_id": "another"}))
    with pytest.raises(SurveyUnknown):
        answer_survey(None, answer(9), around(actor=RESPONDENT))
    with pytest.raises(SurveyClosed):
        answering(deal, answer(9), EXPIRES_AT)
    with pytest.raises(SurveyClosed):
        answering(after(stop_surveys(deal, reopened(), around(DUE_AT))), answer(9))


@pytest.mark.requirement("X5")
def test_a_comment_of_an_erased_person_is_refused_and_their_score_is_not() -> None:
    deal = invited()
    with pytest.raises(PersonUnknown):
        answer_survey(deal, answer(9, "Quick."), alone(DUE_AT))
    assert told(answer_survey(deal, answer(9), alone(DUE_AT)))


def test_a_colleague_needs_a_role_that_may_answer_for_a_customer_and_a_source_without_a_token_does_not() -> None:
    deal = invited()
    for actor in (verified("carla", "csm"), verified("ops", "operator"), Actor(id="/crm")):
        assert answer_survey(deal, answer(9), around(DUE_AT, actor=actor)) is not None
    with pytest.raises(Forbidden):
        answer_survey(deal, answer(9), around(DUE_AT, actor=verified("rep", "sales_rep")))


def test_a_refusal_names_the_command_and_the_rule_and_nothing_that_the_person_wrote() -> None:
    command = answer(8, "Quick.")
    event = refusal(command, AlreadyAnswered("x" * 400), around(actor=RESPONDENT))
    assert event == SurveyCommandRefused(
        deal_id="deal-1", command="AnswerSurvey", code="already_answered", detail="x" * 300, requested_by="survey-link"
    )
