"""The deciders of feedback, one module per use case. Each is pure: the state or None, the message, its context; a decision or None."""

from services.feedback.handlers.answering import answer_survey
from services.feedback.handlers.inviting import ask_respondents, expire, invite, leave_out, remind
from services.feedback.handlers.refusing import refusal
from services.feedback.handlers.respondents import ask_respondent, look_again
from services.feedback.handlers.scheduling import schedule_survey, stop_surveys

__all__ = [
    "answer_survey",
    "ask_respondent",
    "ask_respondents",
    "expire",
    "invite",
    "leave_out",
    "look_again",
    "refusal",
    "remind",
    "schedule_survey",
    "stop_surveys",
]
