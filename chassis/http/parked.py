"""Parked records over HTTP: which aggregates have some, and asking that they are put back."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.callers import Database, Operator
from chassis.http.problems import Problem
from chassis.parked import aggregates, ask_again, owners_of

router = APIRouter(tags=["parked records"])
PAGE = 500
NAMED = 5
"""Aggregates that an error names."""


class Selection(BaseModel):
    """Which parked aggregates: those with the owners, or everything. None, and both, are refused."""

    model_config = ConfigDict(extra="forbid")

    owners: list[str] | None = Field(default=None, max_length=10_000)
    everything: bool = False
    dry_run: bool = False


@router.get("/parked", summary="Aggregates with records that the broker would never take")
async def parked(
    database: Database, caller: Operator, owner: str | None = None, after: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """In the order of their owners, without what the records say."""
    where: dict[str, Any] = {"owner": {**({"$eq": owner} if owner else {}), **({"$gt": after} if after else {})}} if owner or after else {}
    return await aggregates(database, where, max(1, min(limit, PAGE)))


@router.post("/parked/put-back", summary="Publish them again, in their original order, before what their aggregates said since")
async def put_back(selection: Selection, database: Database, caller: Operator) -> dict[str, Any]:
    """Whoever holds their lanes puts them back within seconds. With `dry_run`, only which it would be."""
    if (selection.owners is not None) == selection.everything:
        raise Problem(422, "invalid", "select by owners, or say everything; not both", "owners")
    found = await owners_of(database, selection.owners)
    if unknown := sorted(set(selection.owners or ()) - set(found)):
        raise Problem(404, "unknown", f"no records of {_named(unknown)} are parked here")
    if not selection.dry_run:
        await ask_again(database, found, caller.id)
    return {"matched": len(found), "asked": 0 if selection.dry_run else len(found), "owners": found}


def _named(owners: Sequence[str]) -> str:
    more = len(owners) - NAMED
    return ", ".join(map(repr, owners[:NAMED])) + (f" and {more} others" if more > 0 else "")
