"""The state of a system in one object, and waiting until it has settled: no lag, nothing to publish, no timer due."""

import asyncio
from collections.abc import Callable
from typing import Any

from pymongo.errors import PyMongoError

from chassis.mongo import Client
from ops.errors import OpsError, sentence
from ops.lag import Reading, outbox_and_due, read_lag
from ops.log import database
from ops.readiness import conditions
from ops.system import System

LOOK = 0.5
"""Seconds between two looks at a system that has not settled."""


async def status(system: System) -> dict[str, Any]:
    """The object that `baton status --json` prints; `lag` and `outbox` are null where the broker or the database does not answer."""
    found = await conditions(system.urls)
    services = {
        name: {"pid": system.pids.get(name), "url": system.urls[name], "live": found[name].live, "ready": found[name].ready}
        for name in system.urls
    }
    ready = all(service["ready"] for service in services.values())
    lag: dict[str, Any] = {"messages": None, "seconds": None}
    outbox, settled = None, False
    try:
        async with database(system) as client:
            settled, reading, outbox = await look(client, system)
            lag = {"messages": reading.messages, "seconds": round(reading.seconds, 3)}
    except (OpsError, PyMongoError):
        settled = False
    return {
        "kafka": system.kafka,
        "mongo": system.mongo,
        "services": services,
        "lag": lag,
        "outbox": outbox,
        "settled": settled and ready,
    }


async def look(client: Client, system: System) -> tuple[bool, Reading, int]:
    """Whether the system has settled, its lag, and what waits in its outboxes.

    A message is always in the log, in an outbox, or due as a timer; it moves from one to the other while we look. So nothing waits only if
    nothing is seen to wait, and then, once more, nothing is, and the ends of the log are the same.
    """
    first = await read_lag(client, system)
    waiting, due = await outbox_and_due(client, system)
    if first.messages or waiting or due:
        return False, first, waiting
    again = await read_lag(client, system)
    waiting, due = await outbox_and_due(client, system)
    return not (again.messages or waiting or due) and again.ends == first.ends, again, waiting


async def wait_settled(system: System, patience: float, tell: Callable[[str], None]) -> None:
    """Return when the system has settled and its services are ready. `patience`: seconds. `tell` gets what is awaited.

    Raises:
        OpsError: it did not settle in time.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    async with database(system) as client:
        while True:
            awaited = await _awaited(client, system)
            if awaited is None:
                return
            tell(awaited)
            if clock() > deadline:
                raise OpsError(f"Not settled after {patience:g} s: {awaited}.")
            await asyncio.sleep(LOOK)


async def _awaited(client: Client, system: System) -> str | None:
    """What the system still has to do, in words; None if nothing."""
    try:
        settled, reading, outbox = await look(client, system)
    except (OpsError, PyMongoError) as error:
        return sentence(error)
    if not settled:
        return f"{reading.messages:,} messages not yet taken, {outbox:,} outbox documents not yet published"
    found = await conditions(system.urls)
    return next((f"{name} is not ready: {'; '.join(c.reasons)}" for name, c in found.items() if not c.ready), None)
