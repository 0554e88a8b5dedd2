"""Comparing contestants of the same run: medians of paired ratios, with their spread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True)
class Spread:
    """The median of some numbers, and the least and the greatest of them."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Spread":
        """The spread of at least one number."""
        return cls(median(numbers), min(numbers), max(numbers))

    def shown(self, digits: int = 2) -> str:
        """The median, and the spread where there is more than one value."""
        text = f"{self.middle:,.{digits}f}"
        return text if self.least == self.most else f"{text} ({self.least:,.{digits}f}–{self.most:,.{digits}f})"


def paired(ours: Sequence[float], reference: Sequence[float]) -> Spread:
    """Of the ratios of what was measured in the same round. Raises: ValueError if the rounds differ."""
    return Spread.of([mine / its for mine, its in zip(ours, reference, strict=True)])


def grouped(runs: Sequence[T], by: Callable[[T], K]) -> dict[K, list[T]]:
    """The runs of each contestant or size in their order, so that those of one round stand at one place. A round that was broken off does
    not count."""
    found: dict[K, list[T]] = {}
    for run in runs:
        found.setdefault(by(run), []).append(run)
    rounds = min(map(len, found.values()), default=0)
    return {name: some[:rounds] for name, some in found.items()}
