"""The contents page of feedback: one line per topic and message, and what decides on it."""

from chassis.line import Line, on
from chassis.people import COPY_CUSTOMERS
from contracts.deals import DealReopened
from contracts.feedback import (
    AnswerSurvey,
    AskRespondent,
    PersonAwaited,
    ReminderDue,
    RespondentDenied,
    RespondentGranted,
    SurveyDue,
    SurveyExpires,
)
from contracts.onboarding import HandoverCompleted
from contracts.topics import DEALS, FEEDBACK, ONBOARDING
from services.feedback import handlers
from services.feedback.store import DEAL_SURVEYS, RESPONDENT


def _whom(message: AnswerSurvey | AskRespondent | PersonAwaited) -> list[str]:
    return [message.respondent_id]


LINES: tuple[Line, ...] = (
    on(ONBOARDING.events, HandoverCompleted, handlers.schedule_survey, DEAL_SURVEYS),
    on(DEALS.events, DealReopened, handlers.stop_surveys, DEAL_SURVEYS),
    on(FEEDBACK.private, SurveyDue, handlers.ask_respondents, DEAL_SURVEYS),
    on(FEEDBACK.private, AskRespondent, handlers.ask_respondent, RESPONDENT, mentions=_whom),
    on(FEEDBACK.private, PersonAwaited, handlers.look_again, RESPONDENT, mentions=_whom),
    on(FEEDBACK.private, RespondentGranted, handlers.invite, DEAL_SURVEYS),
    on(FEEDBACK.private, RespondentDenied, handlers.leave_out, DEAL_SURVEYS),
    on(FEEDBACK.private, ReminderDue, handlers.remind, DEAL_SURVEYS),
    on(FEEDBACK.private, SurveyExpires, handlers.expire, DEAL_SURVEYS),
    on(FEEDBACK.commands, AnswerSurvey, handlers.answer_survey, DEAL_SURVEYS, mentions=_whom),
    *COPY_CUSTOMERS,
)
