"""Colleagues over HTTP, the only way their names come in and are seen; the policy says by whom."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.http import Caller, Database, Problem, Receipt, Running, demand, receipt, submit
from chassis.people import ErasePerson, RecordColleague
from chassis.sealing import new_key
from contracts.people import Email
from contracts.values import Id, Label, Slug
from services.notifications.http.views import ColleagueView, Page
from services.notifications.store.queries import find_colleague, list_colleagues

router = APIRouter(tags=["directory"])


class ColleagueTold(BaseModel):
    """A colleague, as somebody tells it. `time_zone`: an IANA name."""

    model_config = ConfigDict(extra="forbid")

    name: Label
    email: Email | None = None
    phone: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    time_zone: Label = "UTC"
    roles: tuple[Slug, ...] = ()
    department: Slug | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is not an IANA time zone, such as Europe/Berlin")
        return name

    def command(self, person_id: str) -> RecordColleague:
        """As a command, with a key for one who is new."""
        return RecordColleague(person_id=person_id, new_key=new_key(), **self.model_dump())


class ColleaguesWanted(BaseModel):
    """Which colleagues, from which on, and how many at most."""

    role: Slug | None = None
    department: Slug | None = None
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


@router.put("/people/{person_id}")
async def record_colleague(person_id: Id, told: ColleagueTold, request: Request, caller: Caller) -> Receipt:
    """Record a colleague, or what has changed. A repeat is nothing to do by itself: it takes no idempotency key."""
    return receipt(await submit(request, told.command(person_id), caller), person_id)


@router.delete("/people/{person_id}")
async def erase_colleague(person_id: Id, request: Request, caller: Caller) -> Receipt:
    """Erase a colleague everywhere: a tombstone goes to the people topic, and what was sealed under their key stays unreadable."""
    return receipt(await submit(request, ErasePerson(person_id=person_id), caller), person_id)


@router.get("/people/{person_id}")
async def read_colleague(person_id: Id, db: Database, caller: Caller, runtime: Running) -> ColleagueView:
    """A colleague."""
    if caller.id != person_id:
        demand(caller, runtime.policy.permissions.read_colleagues)
    colleague = await find_colleague(db, person_id)
    if colleague is None:
        raise Problem(404, "person_unknown", f"no colleague {person_id!r} is recorded", field="person_id")
    return ColleagueView.model_validate(colleague)


@router.get("/people")
async def read_colleagues(
    wanted: Annotated[ColleaguesWanted, Query()], db: Database, caller: Caller, runtime: Running
) -> Page[ColleagueView]:
    """Colleagues by id, of a role or a department where given."""
    demand(caller, runtime.policy.permissions.read_colleagues)
    found = await list_colleagues(db, wanted.role, wanted.department, wanted.after, wanted.limit)
    items = tuple(ColleagueView.model_validate(colleague) for colleague in found)
    return Page(items=items, next=items[-1].person_id if len(items) == wanted.limit else None)
