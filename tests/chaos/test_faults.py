"""A fault counts where it happened: one that met nobody is not possible, and excuses nothing."""

import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos.nemesis import arena as arenas
from tests.chaos.nemesis import processes
from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.network import reset
from tests.chaos.nemesis.planned import Planned
from tests.chaos.nemesis.processes import freeze
from tests.chaos.running import Keeper
from tests.chaos.test_keeping import Puppets, made_slot

RESET = Planned(0.0, "reset", "deals-0", {"to": "kafka", "times": 2, "seconds": 0.0})
FREEZE = Planned(0.0, "freeze", "deals-0", {"seconds": 9.0})


def _arena(ground: Any = None, slots: Any = ()) -> Arena:
    return Arena(ground, Keeper(list(slots)), None, lambda _: iter(()))  # type: ignore[arg-type]


@pytest.mark.parametrize(("connections", "came_of_it"), [(0, None), (3, "6 connections")])
def test_connections_are_reset_only_where_there_are_some(connections: int, came_of_it: str | None) -> None:
    way = SimpleNamespace(reset=lambda: connections)
    arena = _arena(SimpleNamespace(ways={"deals-0": SimpleNamespace(of=lambda _: (way,))}))
    if came_of_it:
        assert reset(arena, RESET) == came_of_it
    else:
        with pytest.raises(Skipped, match="no connection"):
            reset(arena, RESET)


@pytest.mark.parametrize(("looks", "elected"), [(0, True), (2, True), (1_000_000, False)])
def test_what_needs_a_primary_waits_for_one_and_takes_no_other_member(monkeypatch: pytest.MonkeyPatch, looks: int, elected: bool) -> None:
    monkeypatch.setattr(arenas, "ELECTION", 0.3)
    left = iter(range(looks, -1, -1))
    arena = _arena(SimpleNamespace(stack=SimpleNamespace(mongo=SimpleNamespace(primary=lambda: None if next(left) else "member"))))
    if elected:
        assert arena.primary() == "member"  # type: ignore[comparison-overlap]
    else:
        with pytest.raises(Skipped, match="no member is primary"):
            arena.primary()


@pytest.mark.parametrize("ended", ["gone", "followed by another", "no"])
def test_a_zombie_is_one_only_if_it_woke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: str) -> None:
    slot = made_slot(tmp_path, Puppets(lambda number: -number if number == signal.SIGKILL else None))
    slot.start()

    def sleep(_: float) -> None:
        if ended != "no":
            slot.end(signal.SIGKILL, 0)
        if ended == "followed by another":
            slot.start()

    monkeypatch.setattr(processes.time, "sleep", sleep)
    if ended == "no":
        freeze(_arena(slots=[slot]), FREEZE)
    else:
        with pytest.raises(Skipped, match="before it could wake"):
            freeze(_arena(slots=[slot]), FREEZE)
