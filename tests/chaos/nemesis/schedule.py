"""The schedule of a run: every fault with its moment, its target and its numbers, drawn from the seed and from nothing else."""

from random import Random

from tests.chaos.nemesis.planned import Kind, Planned
from tests.chaos.nemesis.profiles import Profile

FIRST = 1.0
"""Seconds before the first fault."""


def draw(seed: int, seconds: float, profile: Profile) -> list[Planned]:
    """The faults of a run of so many seconds, in order of time. Kinds are dealt from a shuffled deck, so that no run has only one."""
    random = Random(f"{seed}:faults")
    planned = list(profile.first)
    if profile.gap is None:
        return planned
    deck: list[Kind] = []
    at = FIRST + random.expovariate(2 / profile.gap)
    while at < seconds:
        if not deck:
            deck = [kind for kind in profile.kinds for _ in range(kind.cards)]
            random.shuffle(deck)
        kind = deck.pop()
        target, detail = kind.draw(random)
        planned.append(Planned(round(at, 2), kind.name, target, detail))
        at += random.expovariate(1 / profile.gap)
    return sorted(planned, key=lambda fault: fault.at)
