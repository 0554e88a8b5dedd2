"""Faults of the network between one slot and the servers: slow, narrow, broken, silent, deaf, cut."""

from random import Random
from typing import Any

from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.planned import Kind, Planned, rounded
from tests.chaos.network.weather import CLEAR, Weather
from tests.chaos.running.deployment import SESSION, SLOTS

SERVERS = ("kafka", "mongo", "both")


def _place(random: Random, seconds: tuple[float, float]) -> tuple[str, dict[str, Any]]:
    return random.choice(SLOTS), {"to": random.choice(SERVERS), "seconds": rounded(random, *seconds)}


def _under(arena: Arena, planned: Planned, weather: Weather) -> None:
    """Have this weather for as long as was drawn, then none."""
    to = planned.detail["to"]
    arena.ground.set_weather(planned.target, to, weather)
    arena.last(planned.detail["seconds"])
    arena.ground.set_weather(planned.target, to, CLEAR)


def _slow(random: Random) -> tuple[str, dict[str, Any]]:
    target, detail = _place(random, (2, 6))
    return target, {**detail, "delay": rounded(random, 0.02, 0.4)}


def latency(arena: Arena, planned: Planned) -> None:
    """Every byte takes its time, there and back."""
    _under(arena, planned, Weather(delay=planned.detail["delay"]))


def _narrow(random: Random) -> tuple[str, dict[str, Any]]:
    target, detail = _place(random, (3, 8))
    return target, {**detail, "rate": random.choice((5_000, 20_000, 80_000, 200_000))}


def throttle(arena: Arena, planned: Planned) -> None:
    """Few bytes a second reach the servers."""
    _under(arena, planned, Weather(rate=planned.detail["rate"]))


def _resets(random: Random) -> tuple[str, dict[str, Any]]:
    target, detail = _place(random, (0.05, 1))
    return target, {**detail, "times": random.randint(1, 5)}


def reset(arena: Arena, planned: Planned) -> str:
    """Every connection is broken with RST, several times in a row."""
    broken = 0
    for _ in range(planned.detail["times"]):
        broken += sum(way.reset() for way in arena.ground.ways[planned.target].of(planned.detail["to"]))
        arena.last(planned.detail["seconds"])
    if not broken:
        raise Skipped("there was no connection")
    return f"{broken} connections"


def hold(arena: Arena, planned: Planned) -> None:
    """Nothing arrives for a while, then all of it does: the other side acts on what was long given up."""
    _under(arena, planned, Weather(held=True))


def deaf(arena: Arena, planned: Planned) -> None:
    """Requests arrive and are carried out, their answers are lost, then the connections break: whoever asked does not know."""
    _under(arena, planned, Weather(deaf=True))


def cut(arena: Arena, planned: Planned) -> None:
    """Connections break and new ones are refused."""
    to = planned.detail["to"]
    arena.ground.set_weather(planned.target, to, Weather(cut=True))
    for way in arena.ground.ways[planned.target].of(to):
        way.reset()
    arena.last(planned.detail["seconds"])
    arena.ground.set_weather(planned.target, to, CLEAR)


WAYS = ("ways of {target}",)
KINDS = (
    Kind("latency", 2, _slow, latency, WAYS),
    Kind("throttle", 1, _narrow, throttle, WAYS),
    Kind("reset", 3, _resets, reset, WAYS),
    Kind("hold", 1, lambda random: _place(random, (0.5, SESSION * 2)), hold, WAYS),
    Kind("lost-answers", 2, lambda random: _place(random, (0.1, 1.5)), deaf, WAYS),
    Kind("cut", 1, lambda random: _place(random, (0.5, SESSION * 2)), cut, WAYS),
)
