"""What the feedback service can be asked to do."""

from contracts.feedback.events import NpsScore
from contracts.message import Command
from contracts.topics import FEEDBACK
from contracts.values import FreeText, Id


class AnswerSurvey(Command):
    """Answer a survey on behalf of a respondent; the answer page sends it. A second answer of one person is refused."""

    topic = FEEDBACK.commands

    deal_id: Id
    survey_id: Id
    respondent_id: Id
    score: NpsScore
    comment: FreeText | None = None
