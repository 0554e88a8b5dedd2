"""Faults of processes: killed, asked to end, frozen beyond their session, with a wrong clock, and a crowd that comes and goes."""

import signal
import time
from random import Random
from typing import Any

from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.planned import Kind, Planned, rounded
from tests.chaos.running import Slot
from tests.chaos.running.deployment import SERVICES, SESSION, SLOTS

BURST = 2.0
"""Seconds of load around a kill."""
JOIN, LOOK = 6.0, 0.05
"""Seconds that an instance has to join its group, and between two looks whether it has."""


def _one_or_all(random: Random) -> str:
    """A slot; one time in six a service with everything that runs of it."""
    return random.choice(SERVICES) if random.random() < 1 / 6 else random.choice(SLOTS)


def _ending(random: Random) -> tuple[str, dict[str, Any]]:
    pause = 0.0 if random.random() < 0.3 else rounded(random, 0.1, 4)
    return _one_or_all(random), {"pause": pause, **_load(random)}


def _load(random: Random) -> dict[str, Any]:
    """One in three comes in the middle of a burst of load."""
    return {"burst": rounded(random, 0.2, 1.5)} if random.random() < 1 / 3 else {}


def _under_load(arena: Arena, planned: Planned) -> None:
    if "burst" in planned.detail:
        arena.clients.burst(BURST)
        arena.last(planned.detail["burst"])


def _end(arena: Arena, planned: Planned, number: signal.Signals) -> None:
    _under_load(arena, planned)
    ended = [slot.end(number, planned.detail["pause"]) for slot in arena.slots(planned.target)]
    if not any(ended):
        raise Skipped("nothing was running there")
    arena.last(planned.detail["pause"])


def kill(arena: Arena, planned: Planned) -> None:
    """As a power cut would; another process follows after the pause."""
    _end(arena, planned, signal.SIGKILL)


def terminate(arena: Arena, planned: Planned) -> None:
    """Asked to end, in the middle of whatever it does."""
    _end(arena, planned, signal.SIGTERM)


def _freezing(random: Random) -> tuple[str, dict[str, Any]]:
    return random.choice(SLOTS), {"seconds": rounded(random, SESSION * 1.3, SESSION * 3), **_load(random)}


def freeze(arena: Arena, planned: Planned) -> None:
    """Frozen for longer than its session lasts, then woken: a zombie, which believes that it still holds what others took over."""
    _under_load(arena, planned)
    slot = arena.slot(planned.target)
    if not slot.freeze():
        raise Skipped("nothing was running there")
    frozen = slot.process
    time.sleep(planned.detail["seconds"])  # also beyond the end of the others: one that wakes within its session proves nothing
    slot.wake()
    if slot.process is not frozen or not slot.running:
        raise Skipped("it was ended before it could wake")


def _skewing(random: Random) -> tuple[str, dict[str, Any]]:
    ahead = round(random.choice((-1, 1)) * 10 ** random.uniform(-1, 2.5), 1)
    return random.choice(SLOTS), {"ahead": ahead, "seconds": rounded(random, 4, 12)}


def skew(arena: Arena, planned: Planned) -> None:
    """The clock of a process jumps, and jumps back; restarts in between have the wrong clock too."""
    slot = arena.slot(planned.target)
    slot.set_clock(planned.detail["ahead"])
    arena.last(planned.detail["seconds"])
    slot.set_clock(0)


def _storm(random: Random) -> tuple[str, dict[str, Any]]:
    detail = {"joins": random.randint(3, 8), "stay": rounded(random, 0.1, 1.5), "killed": random.random() < 0.5}
    return random.choice(SERVICES), {**detail, "patient": random.random() < 0.7}


def storm(arena: Arena, planned: Planned) -> str:
    """Instances join and leave in turn, each making the group divide its partitions anew, most before the last division is through.

    One that ends by itself, or not as it was asked to, is the run's business as any other is.
    """
    extras = list(arena.extras(planned.target))
    number = signal.SIGKILL if planned.detail["killed"] else signal.SIGTERM
    planned.detail["ended"] = 0
    for join in range(planned.detail["joins"]):
        if arena.over.is_set():
            break
        slot = extras[join % len(extras)]
        if slot.end(number, 0):
            planned.detail["ended"] += 1
        else:
            arena.keeper.note(slot)
            slot.start()
            if planned.detail["patient"]:
                _await_join(arena, slot)
        arena.last(planned.detail["stay"])
    for slot in extras:
        arena.keeper.note(slot)
    wrongs = [f"{slot.name} {wrong}" for slot in extras if (wrong := slot.finish())]
    arena.wrongs += wrongs
    return ", ".join(wrongs) or "all left"


def _await_join(arena: Arena, slot: Slot) -> None:
    """Wait until the instance has partitions, so that the next one changes a division that is hardly through."""
    deadline = time.monotonic() + JOIN
    while time.monotonic() < deadline and not arena.over.is_set() and slot.running and not slot.joined():
        arena.last(LOOK)


KINDS = (
    Kind("kill", 6, _ending, kill),
    Kind("terminate", 3, _ending, terminate),
    Kind("freeze", 3, _freezing, freeze, ("freeze {target}",)),
    Kind("clock-skew", 2, _skewing, skew, ("clock {target}",)),
    Kind("rebalance-storm", 1, _storm, storm, ("storm",)),
)
