"""Cost per event as the database grows: the same job over ever more stored deals and inbox rows, put there beforehand."""

from collections.abc import Sequence
from contextlib import ExitStack

from pymongo.errors import OperationFailure
from rich.table import Table

from bench.ground.process import ContestantError
from bench.ground.ratios import Spread, grouped, paired
from bench.ground.setting import Setting, Shown
from bench.ground.system import System, system_on
from bench.growth.filling import ROWS_FOR_EACH, Taken, fill, taken
from bench.growth.job import Grown, run_job
from bench.job.records import Size, make_records
from stack.mongo import EVICTION

RECORDS, MOST_ROUNDS = 300_000, 3
"""A job is about as long as the minute between two of MongoDB's checkpoints; each ends with one, so that every size pays for its pages."""
ROOMY = f"cache_size=6000M,{EVICTION}"
"""What MongoDB's storage engine is told unless `--engine` says otherwise: to hold everything in memory."""
AS_IT_COMES = "eviction_dirty_target=5,eviction_dirty_trigger=20,eviction_updates_target=0,eviction_updates_trigger=0"
"""MongoDB's defaults, before what `--engine` says: the stack's servers are started with others."""


def measure(setting: Setting) -> bool:
    """A system of each size side by side, then the job on each in turn; print the tables."""
    sizes, rounds = [deals for deals in (10_000, 100_000, 1_000_000) if deals <= setting.deals], min(setting.rounds, MOST_ROUNDS)
    done: list[Grown] = []
    kept: list[Taken] = []
    engine = f"{AS_IT_COMES},{setting.engine}" if setting.engine else ROOMY
    with ExitStack() as systems:
        places = {deals: systems.enter_context(system_on(setting.stack.addresses, setting.partitions)) for deals in sizes}
        _tell(places[sizes[0]], engine)
        for deals, system in places.items():
            setting.say(f"growth: putting {deals:,} deals and {deals * ROWS_FOR_EACH:,} inbox rows there")
            fill(system, deals)
            for collection in ("deals", "inbox"):
                kept.append(taken(system, deals, collection))
                setting.record.add("stored", kept[-1])
        setting.show(shown_stored(kept))
        for number in range(rounds):
            for deals, system in places.items():
                setting.say(f"growth, round {number + 1} of {rounds}: {deals:,} deals")
                # in turn: one that a transaction met twice would be read and written once, the oftener the fewer there are
                job = make_records(Size(RECORDS, deals, poison=0, duplicates=0, seed=number + 100, opened=True, in_turn=True))
                done.append(run_job(system, job, deals, setting))
                setting.record.add("growth", done[-1])
    setting.show(shown(done))
    setting.told.print(f"MongoDB's storage engine: {engine.replace(',', ', ')}")
    return True


def _tell(system: System, engine: str) -> None:
    try:
        system.client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": engine})
    except OperationFailure as error:
        raise ContestantError(f"--engine: MongoDB does not take {engine!r}: {(error.details or {}).get('errmsg', error)}") from None


def shown(runs: Sequence[Grown]) -> Shown:
    """A line for each size; ratios are to the smallest of the same round."""
    done = grouped(runs, lambda run: run.deals)
    first = next(iter(done.values()))
    table = Table(title=f"Growth: {RECORDS:,} changes of stored deals, {len(first)} rounds; ratios to the smallest", title_justify="left")
    for heading in ("stored deals", "inbox rows", "events/s", "µs/event, service", "mongod", "both, ratio", "pages read/event", "written"):
        table.add_column(heading, justify="right")
    for deals, some in done.items():
        both = paired([run.service + run.mongod for run in some], [run.service + run.mongod for run in first])
        parts = [Spread.of([getattr(run, part) for run in some]).shown(0) for part in ("rate", "service", "mongod")]
        pages = [Spread.of([getattr(run, part) for run in some]).shown(2) for part in ("reads", "writes")]
        table.add_row(f"{deals:,}", f"{deals * ROWS_FOR_EACH:,}", *parts, both.shown(), *pages)
    return [table]


def shown_stored(kept: Sequence[Taken]) -> Shown:
    """A line for each size and kind of document."""
    table = Table(title="What a document takes, in bytes", title_justify="left")
    for heading in ("stored deals", "collection", "BSON", "on disk", "index of ids", "other indexes"):
        table.add_column(heading, justify="left" if heading == "collection" else "right")
    for one in kept:
        table.add_row(f"{one.deals:,}", one.collection, *(f"{size:,.0f}" for size in (one.bson, one.disk, one.ids, one.other_indexes)))
    return [table]
