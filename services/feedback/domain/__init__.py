"""What a survey is, whom it asks, and what its answers come to; pure."""

from services.feedback.domain.deal_surveys import DealSurveys
from services.feedback.domain.errors import AlreadyAnswered, NotInvited, SurveyClosed, SurveyUnknown
from services.feedback.domain.invitee import Answer, Invitee, InviteeState
from services.feedback.domain.nps import DETRACTOR_TO, PROMOTER_FROM, Tally, is_detractor
from services.feedback.domain.respondent import Ask, Respondent
from services.feedback.domain.survey import OVER, Survey, SurveyState, choose

__all__ = [
    "DETRACTOR_TO",
    "OVER",
    "PROMOTER_FROM",
    "AlreadyAnswered",
    "Answer",
    "Ask",
    "DealSurveys",
    "Invitee",
    "InviteeState",
    "NotInvited",
    "Respondent",
    "Survey",
    "SurveyClosed",
    "SurveyState",
    "SurveyUnknown",
    "Tally",
    "choose",
    "is_detractor",
]
