"""The queries: a deal with the close gate's present answer, a list of deals, a version of a handover package."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.http import Caller, Database, Problem
from chassis.people_store import find_people
from contracts.values import Id, Slug
from services.deals.domain import Outcome
from services.deals.http.views import DealSummary, DealView, PackageView, Page, in_the_clear, shown, writers
from services.deals.store import find_deal, find_package, list_deals, past_cycles

router = APIRouter(tags=["deals"])


class Wanted(BaseModel):
    """Which deals, from which on, and how many at most."""

    stage: Slug | None = None
    outcome: Outcome | None = None
    account_id: Id | None = None
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


@router.get("/deals")
async def read_deals(wanted: Annotated[Wanted, Query()], db: Database, caller: Caller) -> Page[DealSummary]:
    """Deals by id, of a stage, an outcome or an account where given."""
    where = {"stage": wanted.stage, "outcome": wanted.outcome, "account.account_id": wanted.account_id}
    deals = await list_deals(db, where, wanted.after, wanted.limit)
    items = tuple(DealSummary.model_validate(deal.model_dump(), strict=False) for deal in deals)
    return Page(items=items, next=items[-1].deal_id if len(items) == wanted.limit else None)


@router.get("/deals/{deal_id}")
async def read_deal(deal_id: Id, db: Database, caller: Caller) -> DealView:
    """A deal, what the close gate would answer now, and how its earlier cycles ended."""
    deal = await find_deal(db, deal_id)
    if deal is None:
        raise Problem(404, "deal_unknown", f"there is no deal {deal_id!r}", field="deal_id")
    past = await past_cycles(db, deal_id) if deal.cycle > 1 else []
    content = shown(deal) | {"past_cycles": past}
    people = await find_people(db, sorted(set(writers(content))))
    return DealView.model_validate(in_the_clear(content, people), strict=False)


@router.get("/deals/{deal_id}/packages/{version}")
async def read_package(deal_id: Id, version: int, db: Database, caller: Caller) -> PackageView:
    """A version of the deal's handover package, its texts in the clear where their writers' keys are there."""
    found = await find_package(db, deal_id, version)
    if found is None:
        raise Problem(404, "package_unknown", f"the deal has no version {version} of a package", field="version")
    people = await find_people(db, sorted(set(writers(found))))
    return PackageView.model_validate(in_the_clear(found, people), strict=False)
