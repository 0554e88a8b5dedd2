"""The events and timers of a survey, made from its state."""

from datetime import datetime
from typing import Any

from chassis.decision import Row, Timer
from contracts.feedback import (
    DetractorRaised,
    FeedbackCollected,
    ReminderDue,
    SurveyDue,
    SurveyEnded,
    SurveyExpires,
    SurveyInvited,
    SurveyScheduled,
    SurveySkipped,
)
from services.feedback.domain import Answer, DealSurveys, Invitee, Survey
from services.feedback.domain.rows import NPS_ANSWERS

NPS = "nps"
DUE, EXPIRES = "due", "expires"
"""Names of timers."""


def _about(deal: DealSurveys, survey: Survey) -> dict[str, Any]:
    return {"deal_id": deal.deal_id, "account_id": survey.account_id, "cycle": survey.cycle, "survey_id": survey.survey_id}


def scheduled(deal: DealSurveys, survey: Survey) -> SurveyScheduled:
    """It will be sent."""
    return SurveyScheduled(**_about(deal, survey), survey=NPS, due_at=survey.due_at)


def invited(deal: DealSurveys, survey: Survey, invitee: Invitee, *, reminder: bool) -> SurveyInvited:
    """A person who may be asked is asked."""
    assert invitee.link is not None
    assert survey.expires_at is not None
    return SurveyInvited(
        **_about(deal, survey),
        survey=NPS,
        respondent_id=invitee.person_id,
        account_name=survey.account_name,
        link=invitee.link,
        expires_at=survey.expires_at,
        reminder=reminder,
    )


def skipped(deal: DealSurveys, survey: Survey, because: str) -> SurveySkipped:
    """Nobody could be asked."""
    return SurveySkipped(**_about(deal, survey), because=because)


def ended(deal: DealSurveys, survey: Survey) -> SurveyEnded:
    """It takes no more answers; why, its state says."""
    return SurveyEnded(**_about(deal, survey), survey=NPS, because=survey.state.value, invited=survey.invited, answered=survey.answered)


def collected(deal: DealSurveys, survey: Survey, person_id: str, answer: Answer) -> FeedbackCollected:
    """A person answered."""
    return FeedbackCollected(
        **_about(deal, survey),
        survey=NPS,
        respondent_id=person_id,
        score=answer.score,
        comment=answer.comment,
        answered_at=answer.at,
    )


def raised(deal: DealSurveys, survey: Survey, person_id: str, answer: Answer) -> DetractorRaised:
    """A person answered 0 to 6."""
    return DetractorRaised(**_about(deal, survey), respondent_id=person_id, score=answer.score, comment=answer.comment)


def kept(deal: DealSurveys, survey: Survey, person_id: str, answer: Answer) -> Row:
    """The answer as the score is reckoned from; no words of the person's."""
    content = _about(deal, survey) | {"respondent_id": person_id, "score": answer.score, "answered_at": answer.at}
    return Row(NPS_ANSWERS, f"{survey.survey_id} {person_id}", content)


def due(deal: DealSurveys, survey: Survey) -> Timer:
    """When the survey is to be sent."""
    message = SurveyDue(deal_id=deal.deal_id, cycle=survey.cycle, survey_id=survey.survey_id, due_at=survey.due_at)
    return Timer(DUE, message, survey.due_at)


def expires(deal: DealSurveys, survey: Survey, at: datetime) -> Timer:
    """When the survey ends, whoever has answered."""
    message = SurveyExpires(deal_id=deal.deal_id, cycle=survey.cycle, survey_id=survey.survey_id, due_at=at)
    return Timer(EXPIRES, message, at)


def reminder(deal: DealSurveys, survey: Survey, person_id: str, at: datetime) -> Timer:
    """When the person is to be asked once more."""
    message = ReminderDue(deal_id=deal.deal_id, cycle=survey.cycle, survey_id=survey.survey_id, respondent_id=person_id, due_at=at)
    return Timer(reminder_name(survey, person_id), message, at)


def reminder_name(survey: Survey, person_id: str) -> str:
    """The reminder's name: by place, since the names of an aggregate's timers are kept for ever and must stay few."""
    return f"remind_{survey.place(person_id)}"


def timers_of(survey: Survey) -> list[str]:
    """Names of the timers that may be running."""
    return [DUE, EXPIRES, *(reminder_name(survey, person_id) for person_id in survey.unanswered)]
