"""The queries: a deal's survey, all surveys with who has not answered, and the Net Promoter Score."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.decision import Actor
from chassis.http import Caller, Database, Problem, Running
from chassis.people_store import find_people
from chassis.tokens import OPERATOR
from contracts.values import Id
from services.feedback.domain import SurveyState
from services.feedback.http.views import NpsView, Page, SurveyView, nps_view, survey_view
from services.feedback.policy import Rules
from services.feedback.store import find_deal_surveys, list_deal_surveys, tally

router = APIRouter(tags=["surveys"])


class Wanted(BaseModel):
    """Which surveys, from which deal on, and how many at most. `unanswered`: only those where somebody has not answered yet."""

    state: SurveyState | None = None
    account_id: Id | None = None
    unanswered: bool = False
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


@router.get("/surveys")
async def read_surveys(wanted: Annotated[Wanted, Query()], db: Database, caller: Caller) -> Page[SurveyView]:
    """Surveys of deals' present cycles, by the deal's id, of a state or an account where given; without comments."""
    deals = await list_deal_surveys(db, wanted.state, wanted.account_id, wanted.unanswered, wanted.after, wanted.limit)
    items = tuple(survey_view(deal, deal.survey, None) for deal in deals if deal.survey)
    return Page(items=items, next=deals[-1].deal_id if len(deals) == wanted.limit else None)


@router.get("/surveys/{deal_id}")
async def read_survey(deal_id: Id, db: Database, running: Running, caller: Caller) -> SurveyView:
    """The survey of the deal's present cycle, with comments for those who may read them."""
    deal = await find_deal_surveys(db, deal_id)
    if deal is None or deal.survey is None:
        raise Problem(404, "survey_unknown", f"the deal {deal_id!r} has no survey", field="deal_id")
    rules: Rules = running.policy
    ids = [invitee.person_id for invitee in deal.survey.invitees]
    return survey_view(deal, deal.survey, await find_people(db, ids) if _may_read_comments(caller, rules) else None)


@router.get("/nps")
async def read_nps(
    db: Database,
    running: Running,
    caller: Caller,
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="answers at or after this time")] = None,
    to: Annotated[AwareDatetime | None, Query(description="answers before this time")] = None,
    account_id: Id | None = None,
) -> NpsView:
    """The score of the answers of a time or an account, or of all, with its n and its confidence interval."""
    rules: Rules = running.policy
    return nps_view(await tally(db, _utc(from_), _utc(to), account_id), rules.nps.confidence_level)


def _may_read_comments(caller: Actor, rules: Rules) -> bool:
    return not caller.roles.isdisjoint({OPERATOR, *rules.comment_readers})


def _utc(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC) if time else None
