"""Waiting until what the clients began has come to its end: timers of a run are due within seconds of each other."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from tests.chaos.world import World

SOON = timedelta(seconds=12)
"""No timer of the run's policies is set further ahead, but for those that nobody waits for."""
QUIET = 2.0
"""Seconds for which nothing may happen: from the end of a handover to the timer of its survey it takes no longer."""
LONGEST = 120.0
LOOK = 0.25


def await_quiet(world: World) -> bool:
    """Wait until no timer is due soon and nothing is taken for a while; False if that does not come to pass in time."""
    client: MongoClient[dict[str, Any]] = MongoClient(world.mongo, serverSelectionTimeoutMS=5000, tz_aware=True)
    deadline, since, before = time.monotonic() + LONGEST, time.monotonic(), [-1]
    try:
        while time.monotonic() < deadline:
            found = _look(client, world)
            if found != before or found[-1]:
                since, before = time.monotonic(), found
            if time.monotonic() - since > QUIET:
                return True
            time.sleep(LOOK)
    finally:
        client.close()
    return False


def records_waiting(world: World, service: str) -> int:
    """How many records wait in the outbox of a service.

    Raises:
        PyMongoError: the database does not say so, for as long as `LONGEST`.
    """
    client: MongoClient[dict[str, Any]] = MongoClient(world.mongo, serverSelectionTimeoutMS=5000)
    deadline = time.monotonic() + LONGEST
    with client:
        outbox = client[world.services[service].database].get_collection("outbox", read_concern=ReadConcern("majority"))
        while True:
            try:
                return sum(row["records"] for row in outbox.aggregate([{"$group": {"_id": None, "records": {"$sum": "$count"}}}]))
            except PyMongoError:  # its members may be killed at the same time
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK)


def _look(client: MongoClient[dict[str, Any]], world: World) -> list[int]:
    """How much every service has taken so far; and last, how many timers are due soon or messages to be published."""
    counts, waits = list[int](), 0
    try:
        for place in world.services.values():
            db = client[place.database]
            counts.append(db.inbox.count_documents({}))
            waits += db.outbox.count_documents({}) + db.timers.count_documents({"due_at": {"$lte": datetime.now(UTC) + SOON}})
    except PyMongoError:
        return [-1, 1]
    return [*counts, waits]
