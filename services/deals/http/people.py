"""The customer's people over HTTP, the only way their names come in and are seen; the policy says by whom."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, field_validator

from chassis.http import Caller, Database, Problem, Receipt, Running, demand, receipt, submit
from chassis.people import ErasePerson, RecordCustomerPerson
from chassis.people_store import find_people
from chassis.sealing import new_key
from contracts.people import Email
from contracts.values import Id, Label
from services.deals.http.views import Page, PersonView
from services.deals.store import list_customers

router = APIRouter(tags=["people"])


class PersonTold(BaseModel):
    """A person of the customer's, as somebody tells it. `time_zone`: an IANA name."""

    name: Label
    email: Email | None = None
    phone: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    time_zone: Label = "UTC"
    account_id: Id | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is not an IANA time zone, such as Europe/Berlin")
        return name


class PeopleWanted(BaseModel):
    """Which people, from which on, and how many at most."""

    account_id: Id | None = None
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


@router.put("/people/{person_id}")
async def record_person(person_id: Id, told: PersonTold, request: Request, caller: Caller, runtime: Running) -> Receipt:
    """Record a person, or what has changed. A repeat is nothing to do by itself: it takes no idempotency key."""
    demand(caller, runtime.policy.permissions.record_people)
    command = RecordCustomerPerson(person_id=person_id, new_key=new_key(), **told.model_dump())
    return receipt(await submit(request, command, caller), person_id)


@router.delete("/people/{person_id}")
async def erase_person(person_id: Id, request: Request, caller: Caller, runtime: Running) -> Receipt:
    """Erase a person everywhere: a tombstone goes to the people topic, and what was sealed under their key stays unreadable."""
    demand(caller, runtime.policy.permissions.erase_people)
    return receipt(await submit(request, ErasePerson(person_id=person_id), caller), person_id)


@router.get("/people/{person_id}")
async def read_person(person_id: Id, db: Database, caller: Caller, runtime: Running) -> PersonView:
    """A person whom this service knows, of the customer's or a colleague: text can be sealed for them."""
    demand(caller, runtime.policy.people_readers)
    person = (await find_people(db, [person_id])).get(person_id)
    if person is None:
        raise Problem(404, "person_unknown", f"no person {person_id!r} is recorded", field="person_id")
    return PersonView.model_validate(person.model_dump())


@router.get("/people")
async def read_people(wanted: Annotated[PeopleWanted, Query()], db: Database, caller: Caller, runtime: Running) -> Page[PersonView]:
    """The customer's people by id, of one account where given."""
    demand(caller, runtime.policy.people_readers)
    people = await list_customers(db, wanted.account_id, wanted.after, wanted.limit)
    items = tuple(PersonView.model_validate(person.model_dump()) for person in people)
    return Page(items=items, next=items[-1].person_id if len(items) == wanted.limit else None)
