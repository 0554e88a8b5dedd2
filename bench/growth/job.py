"""The job over what is stored: what an event costs, and how many of the database's pages it touches."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.ground.costs import Costs
from bench.ground.process import running
from bench.ground.setting import Setting
from bench.ground.system import System
from bench.growth.filling import ROWS_FOR_EACH
from bench.job.records import Sent

PATIENCE = 1_200.0


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


def run_job(system: System, job: Sequence[Sent], deals: int, setting: Setting) -> Grown:
    """Have the service do the job, which is published beforehand, and pay for the checkpoint that follows.

    Raises:
        ContestantError: it ended by itself, or took too long.
    """
    before, since = system.effects(), datetime.now(UTC)
    system.publish(job)
    with running(("-m", "services.deals"), system, setting.folder) as contestant:
        contestant.await_begin(system)
        costs = Costs({"service": contestant.pid, "mongod": setting.stack.mongo.members[0].pid or 0})
        pages, began = _pages(system), time.perf_counter()
        contestant.await_effects(system, before + len(job), PATIENCE)
        took = time.perf_counter() - began
        system.checkpoint()
        spent = costs.spent()
        reads, writes = ((now - then) / len(job) for then, now in zip(pages, _pages(system), strict=True))
    _forget(system, since)
    each = {name: seconds * 1e6 / len(job) for name, seconds in spent.items()}
    return Grown(deals, deals * ROWS_FOR_EACH, len(job) / took, each["service"], each["mongod"], reads, writes)


def _forget(system: System, since: datetime) -> None:
    """Drop what the inbox remembers since then, so that every round begins with as many rows."""
    system.database.inbox.delete_many({"at": {"$gte": since}})
    system.checkpoint()


def _pages(system: System) -> tuple[int, int]:
    """Pages read and pages written so far."""
    cache = system.database.client.admin.command("serverStatus")["wiredTiger"]["cache"]
    return int(cache["pages read into cache"]), int(cache["pages written from cache"])
