"""A fault as it was drawn, and a kind of fault: how to draw it and how to do it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.nemesis.arena import Arena


@dataclass(frozen=True)
class Planned:
    """`at`: seconds after the start; `fault`: the kind; `target`: a slot, a service or a server; `detail`: numbers of the kind's own."""

    at: float
    fault: str
    target: str
    detail: dict[str, Any] = field(default_factory=dict)

    def shown(self) -> str:
        """The details as a line shows them."""
        return " ".join(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in self.detail.items())


Draw = Callable[[Random], tuple[str, dict[str, Any]]]
"""Draws a target and details."""
Inject = Callable[[Arena, Planned], str | None]
"""Does it, and returns when it is over; with a word on what came of it, if there is one.

How many processes it ended, where chance decides that, it notes as the detail `ended`: no more than that explains anything.
"""


@dataclass(frozen=True)
class Kind:
    """A kind of fault. `cards`: how many times it is in the deck that schedules are dealt from.

    `claims`: what it must have for itself while it lasts; `{target}` stands for the target.
    """

    name: str
    cards: int
    draw: Draw
    inject: Inject
    claims: tuple[str, ...] = ()


def rounded(random: Random, low: float, high: float) -> float:
    """A number between the two, of two decimals, so that what is printed is what was used."""
    return round(random.uniform(low, high), 2)
