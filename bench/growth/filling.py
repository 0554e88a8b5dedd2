"""What is there before the job: deals as the service would have left them, ten inbox rows for each, and what they take."""

import itertools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

from bench.ground.system import System
from chassis.placing import partition_of
from chassis.stored import Stored
from contracts.deals import Account, ContractTerms, TeamMember
from contracts.values import Money
from services.deals.domain import Deal
from services.deals.store import DEAL

AT_ONCE = 10_000
ROWS_FOR_EACH = 10
"""Inbox rows for each deal."""


@dataclass(frozen=True)
class Taken:
    """What one kind of document takes, in bytes a document: as BSON, compressed on disk, its index of ids, and its other indexes."""

    deals: int
    collection: str
    bson: float
    disk: float
    ids: float
    other_indexes: float


def fill(system: System, deals: int) -> None:
    """Put deals as the service would have left them, and ten inbox rows for each."""
    keys = (f"deal-{number:07d}" for number in range(deals))
    _insert(system.database.deals, (RawBSONDocument(_deal(key).encode(DEAL, partition_of(key, system.partitions))) for key in keys))
    _insert(system.database.inbox, _inbox(deals * ROWS_FOR_EACH))


def _deal(key: str) -> Stored:
    state = Deal(
        deal_id=key,
        account=Account(account_id=f"account-{key}", name="Ellison Freight and Sons", sector="logistics", region="north"),
        owner_id="colleague-0007",
        stage="prospecting",
        team=(TeamMember(person_id="colleague-0011", role="sales_engineer"),),
        product="Platform, 300 seats, support around the clock, onboarding package",
        price=Money(amount_minor=1, currency="EUR"),
        terms=ContractTerms(starts_on=date(2026, 1, 1), months=12, auto_renews=True, notice_days=90),
        opened_on=date(2026, 1, 5),
    )
    return Stored(key, state, sequence=9, position=1, applied=9)


def _inbox(rows: int) -> Iterator[RawBSONDocument]:
    last, span = datetime.now(UTC) - timedelta(hours=1), timedelta(days=29)
    for number in range(rows):
        row = {"_id": f"set_terms|/elsewhere/quotes|{uuid.uuid4()}", "h": b"12345678", "r": "done", "at": last - span * (number / rows)}
        yield RawBSONDocument(bson.encode(row))


def _insert(collection: Collection[Any], documents: Iterable[RawBSONDocument]) -> None:
    rest = iter(documents)
    while some := list(itertools.islice(rest, AT_ONCE)):
        collection.insert_many(some, ordered=False)


def taken(system: System, deals: int, collection: str) -> Taken:
    """What the documents of a collection take, on disk as of now."""
    system.checkpoint()  # or the sizes on disk are those of the last one
    found = system.database.command("collStats", collection)
    count, indexes = found["count"], found["indexSizes"]
    ids = indexes["_id_"]
    return Taken(deals, collection, found["avgObjSize"], found["storageSize"] / count, ids / count, (sum(indexes.values()) - ids) / count)
