"""Faults by amount: an outbox that fills while the broker is away, and then has to be published."""

import signal
from random import Random
from typing import Any

from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.planned import Kind, Planned

SMALL, LARGE = 2_000, 100_000
"""Operations written while nothing can be published."""
BETWEEN = 0.7
"""Seconds between the kills of those who publish a backlog: an instance is ready to publish again within less."""


def _amount(random: Random) -> tuple[str, dict[str, Any]]:
    return "kafka", {"operations": SMALL, "kills": random.randint(0, 2)}


def backlog(arena: Arena, planned: Planned) -> str:
    """The broker dies, the clients write on, and it comes back to all of it at once; whoever publishes that is killed on the way."""
    arena.kafka.kill()
    try:
        written = arena.clients.backlog(planned.detail["operations"])
    finally:
        arena.kafka.start()
    if not written:
        raise Skipped("nothing could be written")
    slots = arena.slots("deals")
    for kill in range(planned.detail["kills"]):
        arena.last(BETWEEN)
        slots[kill % len(slots)].end(signal.SIGKILL, 0)
    return f"{written} written"


KINDS = (Kind("backlog", 1, _amount, backlog, ("kafka",)),)
