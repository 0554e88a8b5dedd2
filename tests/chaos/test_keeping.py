"""How processes end: what is a surprise, what is in order, and that no storm keeps a crash to itself."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.nemesis.arena import Arena
from tests.chaos.nemesis.planned import Planned
from tests.chaos.nemesis.processes import storm
from tests.chaos.running import Keeper, Slot, slot
from tests.chaos.running.births import Child

Ends = Callable[[int], int | None]
"""The code with which a process ends at a signal; None if it does not end."""


def as_told(number: int) -> int | None:
    """A process that does as a service does: 0 at SIGTERM, else whatever kills it."""
    return 0 if number == signal.SIGTERM else -number


class Puppet(Child):
    """A process that ends as it is told to, without being one."""

    def __init__(self, ends: Ends) -> None:
        super().__init__()
        self._ends = ends

    def send(self, number: int) -> None:
        """It ends at once, or not at all."""
        if (code := self._ends(number)) is not None:
            self.end(code)


class Puppets:
    """Makes puppets; `crashes`: the codes with which the next ones end as soon as they are born."""

    def __init__(self, ends: Ends = as_told, crashes: tuple[int, ...] = ()) -> None:
        self._ends, self._crashes = ends, list(crashes)
        self.born: list[Puppet] = []

    def bear(self, *_: Any) -> Puppet:
        """As Births does."""
        self.born.append(Puppet(self._ends))
        if self._crashes:
            self.born[-1].end(self._crashes.pop(0))
        return self.born[-1]


def made_slot(folder: Path, puppets: Puppets, name: str = "deals-0") -> Slot:
    """A slot whose processes are puppets."""
    made = Slot(name, "deals", "http://127.0.0.1:1", folder, {}, puppets)  # type: ignore[arg-type]
    made.log.write_text("its last words")
    return made


def _started(folder: Path, ends: Ends = as_told) -> Slot:
    made = made_slot(folder, Puppets(ends))
    made.start()
    return made


# ---- an end in order ------------------------------------------------------------------------------------------


def test_a_process_that_stops_in_order_has_ended_well(tmp_path: Path) -> None:
    assert _started(tmp_path).finish(in_order=True) is None


@pytest.mark.parametrize("code", [-signal.SIGTERM, -signal.SIGKILL, 1])
def test_after_a_run_only_an_end_in_order_will_do(tmp_path: Path, code: int) -> None:
    assert _started(tmp_path, lambda _: code).finish(in_order=True) == f"ended with {code}"


def test_the_keeper_demands_an_end_in_order(tmp_path: Path) -> None:
    with Keeper([made_slot(tmp_path, Puppets(lambda number: -number))]) as keeper:
        assert keeper.finish() == ["deals-0 ended with -15"]


def test_a_process_that_was_gone_before_it_was_asked_has_not_ended_in_order(tmp_path: Path) -> None:
    made = _started(tmp_path)
    assert made.process is not None
    made.process.end(0)
    assert made.finish(in_order=True) == "ended with 0"


def test_in_the_middle_of_a_run_sigterm_explains_an_end_by_it(tmp_path: Path) -> None:
    assert _started(tmp_path, lambda number: -number).finish() is None
    assert _started(tmp_path, lambda _: 1).finish() == "ended with 1"


def test_a_process_that_does_not_end_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "DRAIN", 0.05)
    stubborn = _started(tmp_path, lambda number: None if number == signal.SIGTERM else -number)
    assert "did not end within" in (stubborn.finish() or "")


# ---- an end that nobody asked for -----------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "code"), [(None, 1), (None, 0), (None, -15), (signal.SIGTERM, 1), (signal.SIGKILL, 0)])
def test_an_end_that_no_signal_of_ours_explains_is_noted_once(tmp_path: Path, asked: signal.Signals | None, code: int) -> None:
    made = _started(tmp_path, lambda _: code)
    assert made.process is not None
    if asked:
        made.end(asked, 0)
    else:
        made.process.end(code)
    keeper = Keeper([made])
    assert (keeper.note(made), keeper.note(made)) == (True, False)
    assert [(died.slot, died.code, died.words) for died in keeper.died] == [("deals-0", code, "its last words")]


@pytest.mark.parametrize(("asked", "code"), [(signal.SIGTERM, 0), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_an_end_that_a_signal_of_ours_explains_is_none(tmp_path: Path, asked: signal.Signals, code: int) -> None:
    made = _started(tmp_path, lambda _: code)
    made.end(asked, 0)
    assert not Keeper([made]).note(made)


def test_what_ended_by_itself_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.chaos.running.keeper.PAUSE", 0.0)
    puppets = Puppets(crashes=(3,))
    made = made_slot(tmp_path, puppets)
    keeper = Keeper([made])
    made.start()
    keeper._look_at(made)
    assert made.running
    assert ([died.code for died in keeper.died], len(puppets.born)) == ([3], 2)


# ---- storms ---------------------------------------------------------------------------------------------------


def _planned() -> Planned:
    return Planned(0.0, "rebalance-storm", "deals", {"joins": 4, "stay": 0.0, "killed": False, "patient": False})


def _storm(folder: Path, puppets: Puppets) -> tuple[Arena, str]:
    extras = [made_slot(folder, puppets, name) for name in ("deals-8", "deals-9")]
    arena = Arena(None, Keeper([]), None, lambda _: iter(extras))  # type: ignore[arg-type]
    return arena, storm(arena, _planned())


def test_a_storm_in_which_all_leave_as_they_are_asked_to_is_in_order(tmp_path: Path) -> None:
    arena, outcome = _storm(tmp_path, Puppets())
    assert (outcome, arena.wrongs, arena.keeper.died) == ("all left", [], [])


@pytest.mark.parametrize(("crashes", "ended"), [((), 2), ((1, 1), 0)])
def test_a_storm_notes_how_many_it_ended(tmp_path: Path, crashes: tuple[int, ...], ended: int) -> None:
    """Guarantee: what had ended by itself, or was only started, is no death that a storm could excuse anything by."""
    planned = _planned()
    extras = [made_slot(tmp_path, Puppets(crashes=crashes), name) for name in ("deals-8", "deals-9")]
    storm(Arena(None, Keeper([]), None, lambda _: iter(extras)), planned)  # type: ignore[arg-type]
    assert planned.detail["ended"] == ended


def test_an_instance_that_crashes_in_a_storm_is_noted_each_time(tmp_path: Path) -> None:
    arena, _ = _storm(tmp_path, Puppets(crashes=(1, 1, 1)))
    assert [(died.slot, died.code) for died in arena.keeper.died] == [("deals-8", 1), ("deals-9", 1), ("deals-8", 1)]


def test_an_instance_that_leaves_a_storm_badly_is_a_wrong_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "DRAIN", 0.05)
    arena, outcome = _storm(tmp_path, Puppets(lambda number: None if number == signal.SIGTERM else -number))
    assert arena.wrongs == ["deals-8 did not end within 0 s of SIGTERM", "deals-9 did not end within 0 s of SIGTERM"]
    assert outcome == ", ".join(arena.wrongs)
