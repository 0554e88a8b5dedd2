"""What the feedback service tells itself: its timers, and how a deal and a respondent settle who is asked."""

from typing import Annotated

from pydantic import Field

from contracts.message import Private
from contracts.topics import FEEDBACK
from contracts.values import Id, SealedText, Slug, Time


class SurveyTimer(Private, abstract=True):
    """A moment in the life of a survey."""

    topic = FEEDBACK.private

    deal_id: Id
    cycle: Annotated[int, Field(ge=1)]
    survey_id: Id
    due_at: Time


class SurveyDue(SurveyTimer):
    """Time to invite."""


class ReminderDue(SurveyTimer):
    """Time to remind one person, if they have not answered."""

    respondent_id: Id


class SurveyExpires(SurveyTimer):
    """Time to take no more answers."""


class AskRespondent(Private):
    """May this person be asked? To the respondent, who knows when they were asked last. No answer is awaited after `give_up_at`."""

    topic = FEEDBACK.private
    key_field = "respondent_id"

    respondent_id: Id
    deal_id: Id
    survey_id: Id
    expires_at: Time
    give_up_at: Time


class PersonAwaited(Private):
    """Time to look again whether the person's record has come."""

    topic = FEEDBACK.private
    key_field = "respondent_id"

    respondent_id: Id
    due_at: Time


class RespondentGranted(Private):
    """To the deal: this person may be asked. `link`: sealed for them."""

    topic = FEEDBACK.private

    deal_id: Id
    survey_id: Id
    respondent_id: Id
    link: SealedText


class RespondentDenied(Private):
    """To the deal: this person may not be asked. `because`: throttled or unreachable."""

    topic = FEEDBACK.private

    deal_id: Id
    survey_id: Id
    respondent_id: Id
    because: Slug
