"""Faults by amount: an outbox that fills while the broker is away, and then has to be published."""

import signal
import time
from random import Random
from typing import Any

from tests.chaos.nemesis.arena import Arena
from tests.chaos.nemesis.planned import Kind, Planned

SMALL, LARGE = 2_000, 100_000
"""Operations written while nothing can be published."""
ENOUGH = 0.9
"""The part of the operations that must have been acknowledged, and of records that must wait, for the backlog to have come about."""
BETWEEN = 0.7
"""Seconds between the kills of those who publish a backlog: an instance is ready to publish again within less."""


def _amount(random: Random) -> tuple[str, dict[str, Any]]:
    return "kafka", {"operations": SMALL, "kills": random.randint(0, 2)}


def backlog(arena: Arena, planned: Planned) -> str:
    """The broker dies, the clients write on, and it comes back to all of it at once; whoever publishes that is killed on the way.

    Raises:
        RuntimeError: it was no such backlog.
    """
    wanted = planned.detail["operations"]
    arena.kafka.kill()
    try:
        written = arena.clients.backlog(wanted)
        waiting = arena.clients.waiting()
    finally:
        arena.kafka.start()
    arena.deepest = max(arena.deepest, waiting)
    came_of_it = f"{written:,} of {wanted:,} written, {waiting:,} records in the outbox"
    if min(written, waiting) < ENOUGH * wanted:
        raise RuntimeError(came_of_it)
    slots, killed = arena.slots("deals"), 0
    for kill in range(planned.detail["kills"]):
        time.sleep(BETWEEN)  # also beyond the end of the others, which writing may outlast: kills all at once meet nobody who publishes
        killed += slots[kill % len(slots)].end(signal.SIGKILL, 0)
    planned.detail["ended"] = killed
    return f"{came_of_it}, {killed} publishers killed"


KINDS = (Kind("backlog", 1, _amount, backlog, ("kafka",)),)
