"""The queries: a handover with its steps and deadlines, a list of handovers, the RACI template."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.http import Caller, Database, Problem, Running
from chassis.people_store import find_people
from chassis.sealing import unseal
from contracts.people import PersonDetails
from contracts.values import Id, SealedText
from services.onboarding.domain import Handover, State
from services.onboarding.http.views import HandoverSummary, HandoverView, Page, TemplateView, details, summary, template_view
from services.onboarding.store import find_handover, list_handovers, notes_of, past_handovers, returns_of

router = APIRouter(tags=["handovers"])
People = dict[str, PersonDetails]


class Wanted(BaseModel):
    """Which handovers, from which on, and how many at most. `overdue`: with something overdue, or with nothing."""

    state: State | None = None
    account_id: Id | None = None
    overdue: bool | None = None
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


async def the_handover(caller: Caller, deal_id: Id, db: Database) -> Handover:
    """The handover that the path names, for a caller with a token. Raises: Problem: there is none."""
    if (handover := await find_handover(db, deal_id)) is None:
        raise Problem(404, "handover_unknown", f"no handover was prepared or opened for the deal {deal_id!r}", field="deal_id")
    return handover


@router.get("/template")
async def read_template(running: Running, caller: Caller) -> TemplateView:
    """The RACI matrix of the policy in force."""
    return template_view(running.policy)


@router.get("/handovers")
async def read_handovers(wanted: Annotated[Wanted, Query()], db: Database, caller: Caller) -> Page:
    """Handovers by their deals' ids, of a state, an account, or with something overdue where given."""
    where = {"state": wanted.state, "account_id": wanted.account_id}
    handovers = await list_handovers(db, where, wanted.overdue, wanted.after, wanted.limit)
    items = tuple(HandoverSummary(**summary(handover)) for handover in handovers)
    return Page(items=items, next=items[-1].deal_id if len(items) == wanted.limit else None)


@router.get("/handovers/{deal_id}")
async def read_handover(handover: Annotated[Handover, Depends(the_handover)], db: Database, running: Running) -> HandoverView:
    """A handover: its package's gaps, its steps with who may complete them, what is owed by when, and its earlier cycles."""
    returns, notes = await returns_of(db, handover), await notes_of(db, handover)
    past = await past_handovers(db, handover.deal_id) if handover.highest_reopened > 1 else []
    sealed = [text for text in (notes, *(back["reason"] for back in returns)) if text]
    people = await find_people(db, {text["person_id"] for text in sealed})
    told = {
        "returns": [back | {"by": back["returned_by"], "reason": _in_the_clear(back["reason"], people)} for back in returns],
        "kickoff": handover.kickoff.model_dump() | {"notes": _in_the_clear(notes, people)},
        "past_cycles": past,
    }
    return HandoverView.model_validate(details(handover, running.policy) | told, strict=False)


def _in_the_clear(text: dict[str, Any] | None, people: People) -> dict[str, Any] | None:
    if text is None:
        return None
    sealed = SealedText.model_validate(text)
    return {"by": sealed.person_id, "text": unseal(people.get(sealed.person_id), sealed)}
