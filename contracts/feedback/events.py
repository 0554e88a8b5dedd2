"""What the feedback service tells the world."""

from typing import Annotated

from pydantic import Field

from contracts.message import Event
from contracts.refusal import CommandRefused
from contracts.topics import FEEDBACK
from contracts.values import Id, Label, SealedText, Slug, Time

NpsScore = Annotated[int, Field(ge=0, le=10)]
Survey = Annotated[str, Field(pattern="^nps$")]


class SurveyEvent(Event, abstract=True):
    """A fact about a survey of one deal in one cycle."""

    topic = FEEDBACK.events

    deal_id: Id
    account_id: Id
    cycle: Annotated[int, Field(ge=1)]
    survey_id: Id


class SurveyScheduled(SurveyEvent):
    """A survey will be sent. `due_at`: when."""

    survey: Survey
    due_at: Time


class SurveyInvited(SurveyEvent):
    """A person is asked to answer; once more with `reminder`.

    `link`: the signed address of the answer page, good until `expires_at`, sealed for that person.
    """

    survey: Survey
    respondent_id: Id
    account_name: Label
    link: SealedText
    expires_at: Time
    reminder: bool = False


class SurveySkipped(SurveyEvent):
    """Nobody could be asked.

    `because`: no_contact (none in a role that the policy asks), unreachable (no record of the person came), throttled (asked lately).
    """

    because: Slug


class SurveyEnded(SurveyEvent):
    """A survey takes no more answers.

    `because`: answered (by everybody who was invited), expired, stopped (the deal was reopened). `invited`, `answered`: people.
    """

    survey: Survey
    because: Annotated[str, Field(pattern="^(answered|expired|stopped)$")]
    invited: Annotated[int, Field(ge=0)]
    answered: Annotated[int, Field(ge=0)]


class FeedbackCollected(SurveyEvent):
    """A customer answered. `score`: 0–10; promoters 9–10, detractors 0–6."""

    survey: Survey
    respondent_id: Id
    score: NpsScore
    comment: SealedText | None = None
    answered_at: Time


class DetractorRaised(SurveyEvent):
    """An answer of 0 to 6 asks for a follow-up."""

    respondent_id: Id
    score: NpsScore
    comment: SealedText | None = None


class SurveyCommandRefused(CommandRefused):
    """A command was refused and changed nothing."""

    topic = FEEDBACK.events

    deal_id: Id
