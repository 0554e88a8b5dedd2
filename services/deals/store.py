"""Where deals are kept: the aggregate's collection with its indexes, the rows beside it, and the queries that read them."""

from typing import Any

from chassis.aggregate import Aggregate
from chassis.mongo import Database
from chassis.people import CUSTOMERS
from contracts.people import CustomerPersonRecorded
from services.deals.domain import Deal
from services.deals.domain.rows import PACKAGES, PAST_CYCLES

DEAL = Aggregate(
    "deal",
    Deal,
    "deals",
    schema=1,
    indexes=(
        (("state.outcome", 1), ("_id", 1)),
        (("state.stage", 1), ("_id", 1)),
        (("state.account.account_id", 1), ("_id", 1)),
    ),
)
Document = dict[str, Any]


async def find_deal(database: Database, deal_id: str) -> Deal | None:
    """The deal of an id, or None."""
    document = await database[DEAL.collection].find_one({"_id": deal_id})
    return DEAL.decode(document["state"], document["schema"]) if document else None


async def list_deals(database: Database, where: dict[str, str | None], after: str | None, limit: int) -> list[Deal]:
    """Deals in the order of their ids, from the one behind `after` on. `where`: fields of the state; None asks for nothing."""
    wanted: Document = {f"state.{name}": value for name, value in where.items() if value is not None}
    found = database[DEAL.collection].find(wanted | _behind(after)).sort("_id", 1).limit(limit)
    return [DEAL.decode(document["state"], document["schema"]) for document in await found.to_list(limit)]


async def find_package(database: Database, deal_id: str, version: int) -> Document | None:
    """A version of a deal's handover package, as it was published, or None."""
    found: Document | None = await database[PACKAGES].find_one({"_id": f"{deal_id}:{version}"})
    return found


async def past_cycles(database: Database, deal_id: str) -> list[Document]:
    """How each earlier cycle of a deal ended, the oldest first."""
    found: list[Document] = await database[PAST_CYCLES].find({"deal_id": deal_id}).sort("cycle", 1).to_list(None)
    return found


async def list_customers(database: Database, account_id: str | None, after: str | None, limit: int) -> list[CustomerPersonRecorded]:
    """The customer's people in the order of their ids, of one account where it is given."""
    wanted: Document = {} if account_id is None else {"state.account_id": account_id}
    found = database[CUSTOMERS.collection].find(wanted | _behind(after)).sort("_id", 1).limit(limit)
    return [CUSTOMERS.decode(document["state"], document["schema"]) for document in await found.to_list(limit)]


def _behind(after: str | None) -> Document:
    return {} if after is None else {"_id": {"$gt": after}}
