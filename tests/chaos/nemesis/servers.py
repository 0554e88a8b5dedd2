"""Faults of the servers: a broker that dies or hangs; members of the replica set that step down, die, hang or crawl."""

import os
import signal
import time
from random import Random
from typing import Any

from pymongo.errors import PyMongoError

from stack.server import Server
from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.planned import Draw, Kind, Planned, rounded

CRAWL, BREATH = 0.15, 0.1
"""Seconds for which a crawling primary stands still, and for which it works, in turn."""


def _for(target: str, low: float, high: float) -> Draw:
    def draw(random: Random) -> tuple[str, dict[str, Any]]:
        return target, {"seconds": rounded(random, low, high)}

    return draw


def _down(arena: Arena, servers: list[Server], seconds: float) -> None:
    """Kill the servers, and start them again on the same files. All are sent the signal before the first is waited for."""
    for server in servers:
        if server.pid is not None and server.running:
            os.kill(server.pid, signal.SIGKILL)
    for server in servers:
        server.kill()
    arena.last(seconds)
    for server in servers:
        server.launch()
    for server in servers:
        server.await_ready()


def _frozen(arena: Arena, server: Server, seconds: float) -> None:
    server.pause()
    arena.last(seconds)
    server.resume()


def broker_kill(arena: Arena, planned: Planned) -> None:
    """The broker dies with everything that it had not yet answered."""
    _down(arena, [arena.kafka], planned.detail["seconds"])


def broker_freeze(arena: Arena, planned: Planned) -> None:
    """The broker stands still: connections stay, nothing answers."""
    _frozen(arena, arena.kafka, planned.detail["seconds"])


def step_down(arena: Arena, planned: Planned) -> str:
    """The primary steps down while it is in use, and another is elected."""
    member = arena.primary()
    try:
        with member.client() as client:
            client.admin.command("replSetStepDown", 5, force=True)
    except PyMongoError as error:
        raise Skipped(f"{member.name}: {type(error).__name__}") from None
    arena.last(planned.detail["seconds"])
    return member.name


def primary_kill(arena: Arena, planned: Planned) -> str:
    """The primary dies; what only it had is rolled back when it returns."""
    member = arena.primary()
    _down(arena, [member], planned.detail["seconds"])
    return member.name


def secondary_kill(arena: Arena, planned: Planned) -> str:
    """A member that is not the primary dies: a majority is now both of the others."""
    primary, which = arena.primary(), int(planned.detail["which"])
    member = [member for member in arena.mongo.members if member is not primary][which]
    _down(arena, [member], planned.detail["seconds"])
    return member.name


def set_kill(arena: Arena, planned: Planned) -> None:
    """All members die at once, and come back with what their journals hold."""
    _down(arena, list(arena.mongo.members), planned.detail["seconds"])


def primary_freeze(arena: Arena, planned: Planned) -> str:
    """The primary stands still for longer than an election takes, and wakes up believing that it is one."""
    member = arena.primary()
    _frozen(arena, member, planned.detail["seconds"])
    return member.name


def slow_database(arena: Arena, planned: Planned) -> str:
    """The primary works only part of the time: everything takes its time, and transactions meet in the middle."""
    member, ends = arena.primary(), time.monotonic() + planned.detail["seconds"]
    try:
        while time.monotonic() < ends and not arena.over.is_set():
            member.pause()
            time.sleep(CRAWL)
            member.resume()
            time.sleep(BREATH)
    finally:
        member.resume()
    return member.name


def _secondary(random: Random) -> tuple[str, dict[str, Any]]:
    return "mongo", {"seconds": rounded(random, 1, 5), "which": random.randrange(2)}


def mend(arena: Arena) -> None:
    """Have every server running, and a primary there.

    Raises:
        StackError: one of them does not come back.
    """
    servers: list[Server] = [arena.kafka, *arena.mongo.members]
    for server in servers:
        server.resume()
        server.launch()
    for server in servers:
        server.await_ready()
    arena.mongo.await_primary()


KAFKA, MONGO = ("kafka",), ("mongo",)
KINDS = (
    Kind("broker-kill", 1, _for("kafka", 0.2, 4), broker_kill, KAFKA),
    Kind("broker-freeze", 1, _for("kafka", 1, 5), broker_freeze, KAFKA),
    Kind("step-down", 2, _for("mongo", 1, 3), step_down, MONGO),
    Kind("primary-kill", 1, _for("mongo", 0.5, 5), primary_kill, MONGO),
    Kind("secondary-kill", 1, _secondary, secondary_kill, MONGO),
    Kind("set-kill", 1, _for("mongo", 0.2, 3), set_kill, MONGO),
    Kind("primary-freeze", 1, _for("mongo", 3, 8), primary_freeze, MONGO),
    Kind("slow-database", 1, _for("mongo", 2, 6), slow_database, MONGO),
)
