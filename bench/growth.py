"""Cost per event as the database grows: the same job over ever more stored deals and inbox rows, put there beforehand."""

import itertools
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from rich.console import Console
from rich.table import Table

from bench.ground.costs import Costs
from bench.ground.process import ContestantError, running
from bench.ground.ratios import Spread, paired
from bench.ground.record import Record
from bench.ground.system import System, system_on
from bench.ground.topics import count, has_begun
from bench.job.records import Sent, Size, make_records
from chassis.placing import partition_of
from chassis.stored import Stored
from contracts.deals import Account, ContractTerms, TeamMember
from contracts.values import Money
from services.deals.domain import Deal
from services.deals.store import DEAL
from stack.embedded import Stack

RECORDS, MOST_ROUNDS, AT_ONCE, PATIENCE = 300_000, 3, 10_000, 1_200.0
"""A job is about as long as the minute between two of MongoDB's checkpoints; each ends with one, so that every size pays for its pages."""
MOST = int(os.environ.get("BENCH_DEALS", "100000"))
"""The greatest number of stored deals; ten inbox rows for each. BENCH_DEALS=1000000 takes 20 GB of disk and five minutes to put there."""
ROOMY = "cache_size=6000M,eviction_dirty_target=60,eviction_dirty_trigger=75,eviction_updates_target=30,eviction_updates_trigger=40"
ENGINE = os.environ.get("BENCH_ENGINE", ROOMY)
"""What MongoDB's storage engine is told. Unless told otherwise it holds everything in memory, and keeps what has changed until the next
checkpoint; by itself it begins to write changed pages at a twentieth of its cache (docs/runbook.md)."""


@dataclass(frozen=True)
class Taken:
    """What one kind of document takes, in bytes a document: as BSON, compressed on disk, its index of ids, and its other indexes."""

    deals: int
    collection: str
    bson: float
    disk: float
    ids: float
    other_indexes: float


@dataclass(frozen=True)
class Grown:
    """The job over so many stored deals. `rate`: events a second. `service`, `mongod`: microseconds of CPU an event. `reads`,
    `writes`: pages that the database read into its cache, and that it wrote, an event."""

    deals: int
    inbox_rows: int
    rate: float
    service: float
    mongod: float
    reads: float
    writes: float


def measure(
    stack: Stack, size: Size, rounds: int, only: Sequence[str], partitions: int, folder: Path, record: Record, told: Console
) -> bool:
    """A system of each size side by side, then the job on each in turn; print the table."""
    sizes = [deals for deals in (10_000, 100_000, 1_000_000) if deals <= MOST]
    done: dict[int, list[Grown]] = {deals: [] for deals in sizes}
    kept: list[Taken] = []
    with ExitStack() as systems:
        places = {deals: systems.enter_context(system_on(stack.addresses, partitions)) for deals in sizes}
        places[sizes[0]].database.client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": ENGINE})
        for deals, system in places.items():
            told.print(f"[dim]growth: putting {deals:,} deals and {deals * 10:,} inbox rows there[/dim]")
            fill(system, deals)
            kept += [_stored(system, deals, collection) for collection in ("deals", "inbox")]
            record.add("stored", kept[-2])
            record.add("stored", kept[-1])
        told.print(_stored_table(kept))
        rounds = min(rounds, MOST_ROUNDS)
        for number in range(rounds):
            for deals, system in places.items():
                told.print(f"[dim]growth, round {number + 1} of {rounds}: {deals:,} deals[/dim]")
                job = make_records(Size(RECORDS, deals, poison=0, duplicates=0, seed=number + 100, opened=True))
                done[deals].append(_run(system, job, deals, stack, folder))
                record.add("growth", done[deals][-1])
    told.print(_table(done, rounds))
    return True


# ---- what is there beforehand ---------------------------------------------------------------------------------


def fill(system: System, deals: int) -> None:
    """Put deals as the service would have left them, and ten inbox rows for each."""
    keys = (f"deal-{number:07d}" for number in range(deals))
    _insert(system.database.deals, (RawBSONDocument(_deal(key).encode(DEAL, partition_of(key, system.partitions))) for key in keys))
    _insert(system.database.inbox, _inbox(deals * 10))


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


def _stored(system: System, deals: int, collection: str) -> Taken:
    _checkpoint(system)  # or the sizes on disk are those of the last one
    found = system.database.command("collStats", collection)
    count, indexes = found["count"], found["indexSizes"]
    ids = indexes["_id_"]
    return Taken(deals, collection, found["avgObjSize"], found["storageSize"] / count, ids / count, (sum(indexes.values()) - ids) / count)


# ---- the job --------------------------------------------------------------------------------------------------


def _run(system: System, job: Sequence[Sent], deals: int, stack: Stack, folder: Path) -> Grown:
    before, since = count(system.admin, [system.events], system.partitions), datetime.now(UTC)
    system.publish(job)
    with running(("-m", "services.deals"), system, folder) as contestant:
        while not has_begun(system.admin, system.group):
            contestant.demand_running()
            time.sleep(0.02)
        costs = Costs({"service": contestant.pid, "mongod": stack.mongo.members[0].pid or 0})
        pages, began = _pages(system), time.perf_counter()
        while count(system.admin, [system.events], system.partitions) < before + len(job):
            contestant.demand_running()
            if time.perf_counter() - began > PATIENCE:
                raise ContestantError(f"the job over {deals:,} deals did not end: {contestant.last_words()}")
            time.sleep(0.05)
        took = time.perf_counter() - began
        _checkpoint(system)
        spent = costs.spent()
        reads, writes = ((now - then) / len(job) for then, now in zip(pages, _pages(system), strict=True))
    _forget(system, since)
    each = {name: seconds * 1e6 / len(job) for name, seconds in spent.items()}
    return Grown(deals, deals * 10, len(job) / took, each["service"], each["mongod"], reads, writes)


def _checkpoint(system: System) -> None:
    """Have the database write every page that has changed."""
    system.database.client.admin.command("fsync")


def _forget(system: System, since: datetime) -> None:
    """Drop what the inbox remembers since then, so that every round begins with as many rows."""
    system.database.inbox.delete_many({"at": {"$gte": since}})
    _checkpoint(system)


def _pages(system: System) -> tuple[int, int]:
    """Pages read and pages written so far."""
    cache = system.database.client.admin.command("serverStatus")["wiredTiger"]["cache"]
    return int(cache["pages read into cache"]), int(cache["pages written from cache"])


def _table(done: dict[int, list[Grown]], rounds: int) -> Table:
    table = Table(
        title=f"Growth: {RECORDS:,} changes of stored deals, {rounds} rounds, {ENGINE.replace(',', ', ')}; ratios to the smallest",
        title_justify="left",
    )
    for heading in ("stored deals", "inbox rows", "events/s", "µs/event, service", "mongod", "both, ratio", "pages read/event", "written"):
        table.add_column(heading, justify="right")
    first = next(iter(done.values()))
    for deals, runs in done.items():
        both = paired([run.service + run.mongod for run in runs], [run.service + run.mongod for run in first])
        parts = [Spread.of([getattr(run, part) for run in runs]).shown(0) for part in ("rate", "service", "mongod")]
        pages = [Spread.of([getattr(run, part) for run in runs]).shown(2) for part in ("reads", "writes")]
        table.add_row(f"{deals:,}", f"{deals * 10:,}", *parts, both.shown(), *pages)
    return table


def _stored_table(kept: Sequence[Taken]) -> Table:
    table = Table(title="What a document takes, in bytes", title_justify="left")
    for heading in ("stored deals", "collection", "BSON", "on disk", "index of ids", "other indexes"):
        table.add_column(heading, justify="left" if heading == "collection" else "right")
    for one in kept:
        table.add_row(f"{one.deals:,}", one.collection, *(f"{size:,.0f}" for size in (one.bson, one.disk, one.ids, one.other_indexes)))
    return table
