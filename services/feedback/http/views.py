"""What callers see of a survey, and of the score."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from chassis.sealing import unseal
from contracts.people import PersonDetails
from services.feedback.domain import DealSurveys, Invitee, InviteeState, Survey, SurveyState, Tally

T = TypeVar("T")


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class InviteeView(View):
    """A person who was chosen. `commented`: they wrote something; `comment`: what, for those who may read it, until they are erased."""

    person_id: str
    state: InviteeState
    score: int | None
    commented: bool
    comment: str | None
    answered_at: datetime | None


class SurveyView(View):
    """The survey of a deal's present cycle. `unanswered`: who was invited and has not answered."""

    deal_id: str
    survey_id: str
    survey: str
    cycle: int
    account_id: str
    state: SurveyState
    due_at: datetime
    expires_at: datetime | None
    respondents: tuple[InviteeView, ...]
    unanswered: tuple[str, ...]


class Page(View, Generic[T]):
    """A part of a list. `next`: what to give as `after` for the part that follows; None at the end."""

    items: tuple[T, ...]
    next: str | None


class Confidence(View):
    """The interval of the score at a level, both ends from −100 to 100; None on no answers."""

    level: float
    low: float | None
    high: float | None


class NpsView(View):
    """The Net Promoter Score of some answers; None on no answers."""

    n: int = Field(description="answers")
    promoters: int
    passives: int
    detractors: int
    nps: float | None = Field(description="100 · (promoters − detractors) / n")
    confidence: Confidence


def survey_view(deal: DealSurveys, survey: Survey, people: Mapping[str, PersonDetails] | None) -> SurveyView:
    """A survey as it is shown. `people`: whose comments may be read; None where the caller may read none."""
    return SurveyView(
        deal_id=deal.deal_id,
        survey_id=survey.survey_id,
        survey="nps",
        cycle=survey.cycle,
        account_id=survey.account_id,
        state=survey.state,
        due_at=survey.due_at,
        expires_at=survey.expires_at,
        respondents=tuple(_invitee_view(invitee, people or {}) for invitee in survey.invitees),
        unanswered=() if survey.over and survey.state is not SurveyState.EXPIRED else survey.unanswered,
    )


def _invitee_view(invitee: Invitee, people: Mapping[str, PersonDetails]) -> InviteeView:
    answer = invitee.answer
    comment = answer.comment if answer else None
    return InviteeView(
        person_id=invitee.person_id,
        state=invitee.state,
        score=answer.score if answer else None,
        commented=comment is not None,
        comment=unseal(people.get(invitee.person_id), comment) if comment else None,
        answered_at=answer.at if answer else None,
    )


def nps_view(tally: Tally, level: float) -> NpsView:
    """The score of a tally, with its interval."""
    low, high = tally.interval(level) or (None, None)
    return NpsView(
        n=tally.n,
        promoters=tally.promoters,
        passives=tally.passives,
        detractors=tally.detractors,
        nps=tally.nps,
        confidence=Confidence(level=level, low=low, high=high),
    )
