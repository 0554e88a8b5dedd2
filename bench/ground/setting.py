"""What a benchmark is given: where it runs, how often, and where it says what it measured."""

from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from bench.ground.record import Record
from bench.job.records import Size
from stack.embedded import Stack


@dataclass(frozen=True)
class Setting:
    """One run of one benchmark. `rounds`: how often each contestant takes its turn; `only`: contestants of the main job, all if empty.

    `partitions`: of every topic. `folder`: for whatever it writes; `told`: where people read along.
    """

    size: Size
    rounds: int
    folder: Path
    record: Record
    told: Console
    partitions: int = 4
    only: tuple[str, ...] = ()
    own: Stack | None = field(default=None, repr=False)

    @property
    def stack(self) -> Stack:
        """The servers that contestants share; a benchmark that brings a whole system up has none."""
        assert self.own is not None, "this benchmark brings its own servers up"
        return self.own

    def say(self, text: str) -> None:
        """Progress."""
        self.told.print(f"[dim]{text}[/dim]")
