"""Where handovers are kept: the aggregate's collection with its indexes, the rows beside it, and the queries that read them."""

from typing import Any

from chassis.aggregate import Aggregate
from chassis.mongo import Database
from services.onboarding.domain import Handover
from services.onboarding.domain.rows import KICKOFF_NOTES, PAST_HANDOVERS, RETURNS

HANDOVER = Aggregate(
    "handover",
    Handover,
    "handovers",
    schema=1,
    indexes=(
        (("state.state", 1), ("_id", 1)),
        (("state.account_id", 1), ("_id", 1)),
        (("state.overdue", 1),),
    ),
)
Document = dict[str, Any]


async def find_handover(database: Database, deal_id: str) -> Handover | None:
    """The handover of a deal, or None."""
    document = await database[HANDOVER.collection].find_one({"_id": deal_id})
    return HANDOVER.decode(document["state"], document["schema"]) if document else None


async def list_handovers(
    database: Database, where: dict[str, str | None], overdue: bool | None, after: str | None, limit: int
) -> list[Handover]:
    """Handovers in the order of their deals' ids, from the one behind `after` on.

    `where`: fields of the state; None asks for nothing. `overdue`: only those with something overdue, or only those with nothing.
    """
    wanted: Document = {f"state.{name}": value for name, value in where.items() if value is not None}
    if overdue is not None:
        wanted["state.overdue"] = {"$gt": ""} if overdue else {"$size": 0}
    if after is not None:
        wanted["_id"] = {"$gt": after}
    found = database[HANDOVER.collection].find(wanted).sort("_id", 1).limit(limit)
    return [HANDOVER.decode(document["state"], document["schema"]) for document in await found.to_list(limit)]


async def past_handovers(database: Database, deal_id: str) -> list[Document]:
    """The handovers of a deal's earlier cycles, the oldest first."""
    return await _rows(database, PAST_HANDOVERS, {"deal_id": deal_id}, "cycle")


async def returns_of(database: Database, handover: Handover) -> list[Document]:
    """Every return of the handover's package in this cycle, the first first."""
    return await _rows(database, RETURNS, {"deal_id": handover.deal_id, "cycle": handover.cycle}, "n")


async def notes_of(database: Database, handover: Handover) -> Document | None:
    """The sealed notes of the kick-off, or None."""
    found: Document | None = await database[KICKOFF_NOTES].find_one({"_id": f"{handover.deal_id}:{handover.cycle}"})
    return found["notes"] if found else None


async def _rows(database: Database, collection: str, where: Document, by: str) -> list[Document]:
    found: list[Document] = await database[collection].find(where).sort(by, 1).to_list(None)
    return found
