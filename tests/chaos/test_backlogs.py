"""A backlog is one only if most of what was asked for was written, and waited when the broker came back."""

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.nemesis import backlogs
from tests.chaos.nemesis.arena import Arena
from tests.chaos.nemesis.backlogs import backlog
from tests.chaos.nemesis.nemesis import Nemesis
from tests.chaos.nemesis.planned import Planned
from tests.chaos.running import Keeper

PLANNED = Planned(0.0, "backlog", "kafka", {"operations": 1_000, "kills": 0})


class Broker:
    """Keeps what happened to it."""

    def __init__(self, events: list[str]) -> None:
        self._events = events

    def kill(self) -> None:
        """It is away."""
        self._events.append("killed")

    def start(self) -> None:
        """It is back."""
        self._events.append("started")


class Writers:
    """Clients that write so many, of which so many wait."""

    def __init__(self, events: list[str], written: int, waiting: int) -> None:
        self._events, self._written, self._waiting = events, written, waiting

    def backlog(self, _: int) -> int:
        """As the clerk does."""
        self._events.append("written")
        return self._written

    def waiting(self) -> int:
        """What the outbox holds."""
        self._events.append("counted")
        return self._waiting


class Grounds(Arena):
    """An arena of a broker alone."""

    broker: Any = None

    @property
    def kafka(self) -> Any:
        """The broker."""
        return self.broker


def _arena(written: int, waiting: int) -> tuple[Grounds, list[str]]:
    events: list[str] = []
    arena = Grounds(None, Keeper([]), Writers(events, written, waiting), lambda _: iter(()))  # type: ignore[arg-type]
    arena.broker = Broker(events)
    return arena, events


def test_what_waits_is_counted_before_the_broker_is_back() -> None:
    arena, events = _arena(1_000, 1_060)
    assert backlog(arena, PLANNED) == "1,000 of 1,000 written, 1,060 records in the outbox, 0 publishers killed"
    assert events == ["killed", "written", "counted", "started"]
    assert arena.deepest == 1_060


class Publisher:
    """A slot of deals that notes when it was killed; every second time nothing runs there."""

    name, service = "deals-0", "deals"

    def __init__(self) -> None:
        self.killed_at: list[float] = []

    def end(self, *_: Any) -> bool:
        """As Slot does."""
        self.killed_at.append(time.monotonic())
        return len(self.killed_at) % 2 == 1


def test_publishers_are_killed_one_after_the_other_though_the_end_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlogs, "BETWEEN", 0.05)
    arena, _ = _arena(1_000, 1_000)
    publisher = Publisher()
    arena.keeper.slots = [publisher]  # type: ignore[list-item]
    arena.over.set()
    planned = replace(PLANNED, detail={"operations": 1_000, "kills": 3})
    outcome = backlog(arena, planned)
    assert outcome.endswith(", 2 publishers killed")
    assert planned.detail["ended"] == 2
    assert all(later - sooner >= 0.05 for sooner, later in itertools.pairwise(publisher.killed_at))


@pytest.mark.parametrize(("written", "waiting"), [(900, 900), (1_000, 5_000)])
def test_nine_tenths_are_enough(written: int, waiting: int) -> None:
    arena, _ = _arena(written, waiting)
    backlog(arena, PLANNED)


def test_how_many_were_killed_is_noted_and_the_schedule_stays_as_it_was_drawn(tmp_path: Path) -> None:
    """Guarantee: what the checker explains by a fault is what the fault did, and the next run begins with what was drawn."""
    arena, _ = _arena(1_000, 1_000)
    planned = replace(PLANNED, detail={"operations": 1_000, "kills": 0})
    Nemesis(arena, tmp_path / "faults.jsonl", lambda _: None)._carry_out(planned)
    assert json.loads((tmp_path / "faults.jsonl").read_text())["detail"]["ended"] == 0
    assert "ended" not in planned.detail


@pytest.mark.parametrize(("written", "waiting"), [(899, 1_000), (1_000, 899), (0, 0), (1, 1)])
def test_too_small_a_backlog_fails_the_run_and_the_broker_is_back_all_the_same(tmp_path: Any, written: int, waiting: int) -> None:
    arena, events = _arena(written, waiting)
    said: list[str] = []
    nemesis = Nemesis(arena, tmp_path / "faults.jsonl", said.append)
    nemesis._carry_out(PLANNED)
    assert events[-1] == "started"
    assert not nemesis.done
    assert f"{waiting:,} records in the outbox" in nemesis.failed[0]
    assert f"{waiting:,} records in the outbox" in said[-1]
