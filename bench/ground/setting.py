"""What a benchmark is given: where it runs, how often, and where it says what it measured."""

from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.ground.record import Record
from bench.job.records import Size
from stack.embedded import Stack

Shown = list[Table | str]
"""Tables, and lines beside them."""


@dataclass(frozen=True)
class Setting:
    """One run of one benchmark. `rounds`: how often each contestant takes its turn; `only`: contestants of the main job, all if empty.

    `partitions`: of every topic. `folder`: for whatever it writes; `told`: where people read along. `deals`: the most that `growth` stores;
    `engine`: what it tells MongoDB's storage engine, instead of its own choice. `minutes`: how long `memory` takes.
    """

    size: Size
    rounds: int
    folder: Path
    record: Record
    told: Console
    partitions: int = 4
    only: tuple[str, ...] = ()
    deals: int = 100_000
    engine: str | None = None
    minutes: float = 30.0
    shared: Stack | None = field(default=None, repr=False)

    @property
    def stack(self) -> Stack:
        """The servers that contestants share; a benchmark that brings a whole system up has none."""
        assert self.shared is not None, "this benchmark brings its own servers up"
        return self.shared

    def show(self, parts: Shown) -> None:
        """What was measured."""
        for part in parts:
            self.told.print(part)

    def say(self, text: str) -> None:
        """Progress."""
        self.told.print(f"[dim]{text}[/dim]")
