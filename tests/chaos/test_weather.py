"""What delay and rate do to bytes, on a clock that only the test moves."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.chaos.network.half import Half
from tests.chaos.network.way import Way
from tests.chaos.network.weather import CLEAR, Weather


@dataclass
class Clock:
    """An event loop's clock and timers, and nothing else of it."""

    now: float = 0.0
    timers: list[tuple[float, Any]] = field(default_factory=list)

    def time(self) -> float:
        """Seconds."""
        return self.now

    def call_at(self, when: float, call: Any) -> None:
        """Have something called when the time has come."""
        self.timers.append((when, call))

    def go_to(self, when: float) -> None:
        """Let the time pass and the timers ring."""
        self.now = when
        due, self.timers = [t for t in self.timers if t[0] <= when], [t for t in self.timers if t[0] > when]
        for _, call in due:
            call()


@dataclass
class End:
    """The end of a connection that bytes are written to."""

    heard: bytes = b""

    def write(self, data: bytes) -> None:
        """Hear something."""
        self.heard += data

    def is_closing(self) -> bool:
        """It never is."""
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The running loop of everything in this test."""
    clock = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    return clock


def direction(way: Way, towards_server: bool) -> tuple[Half, End]:
    """One direction of a connection, and what its far end hears."""
    near, far = (Half(way, side, bytes, lambda _: None) for side in (towards_server, not towards_server))
    end = End()
    near.other, far.transport = far, end
    return near, end


def a_way(weather: Weather) -> Way:
    """A way with weather, which nobody has opened."""
    way: Any = Way(None, 0, 0)  # type: ignore[arg-type]  # only what runs on a loop needs one
    way.weather = weather
    return way


@pytest.mark.parametrize("towards_server", [True, False])
def test_latency_is_paid_in_both_directions(clock: Clock, towards_server: bool) -> None:
    near, end = direction(a_way(Weather(delay=0.1)), towards_server)
    near.data_received(b"slowly")
    clock.go_to(0.099)
    assert end.heard == b""
    clock.go_to(0.1)
    assert end.heard == b"slowly"


def test_bytes_do_not_overtake_each_other_when_latency_ends(clock: Clock) -> None:
    way = a_way(Weather(delay=0.1))
    near, end = direction(way, True)
    near.data_received(b"first ")
    way.weather = CLEAR
    near.data_received(b"second")
    assert end.heard == b""
    clock.go_to(0.1)
    assert end.heard == b"first second"


def test_all_connections_stand_in_one_line_of_a_narrow_way(clock: Clock) -> None:
    way = a_way(Weather(rate=10_000))
    (one, first), (other, second) = direction(way, True), direction(way, True)
    one.data_received(b"x" * 3_000)
    other.data_received(b"y" * 1_000)
    clock.go_to(0.299)
    assert (first.heard, second.heard) == (b"", b"")
    clock.go_to(0.3)
    assert (len(first.heard), second.heard) == (3_000, b"")
    clock.go_to(0.4)
    assert len(second.heard) == 1_000


def test_answers_pass_a_narrow_way_at_once(clock: Clock) -> None:
    near, end = direction(a_way(Weather(rate=1)), False)
    near.data_received(b"an answer")
    assert end.heard == b"an answer"
