"""A contestant's process: started on a system, and stopped in order."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground.system import System
from bench.ground.topics import has_begun
from stack.lifeline import spawn

BEGIN_SECONDS, STOP_SECONDS = 60.0, 40


class ContestantError(Exception):
    """A contestant ended by itself, or took too long; the text has the end of its log."""


@dataclass
class Contestant:
    """A running process. `log`: what it writes."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def demand_running(self) -> None:
        """Raises: ContestantError, if it has ended."""
        if self.process.poll() is not None:
            raise ContestantError(f"it ended with {self.process.returncode}: {self.last_words()}")

    def await_begin(self, system: System) -> None:
        """Wait until its group has its partitions.

        Raises:
            ContestantError: it has ended, or does not begin.
        """
        until = time.monotonic() + BEGIN_SECONDS
        while not has_begun(system.admin, system.group):
            self.demand_running()
            if time.monotonic() > until:
                raise ContestantError(f"it did not begin: {self.last_words()}")
            time.sleep(0.02)

    def await_effects(self, system: System, wanted: int, patience: float) -> None:
        """Wait until so many records stand on the topics of events and dead letters.

        Raises:
            ContestantError: it has ended, or they do not come within `patience` seconds.
        """
        until = time.monotonic() + patience
        while (found := system.effects()) < wanted:
            self.demand_running()
            if time.monotonic() > until:
                raise ContestantError(f"only {found:,} of {wanted:,} effects: {self.last_words()}")
            time.sleep(0.1)

    def last_words(self) -> str:
        """The end of its log."""
        return f"log {self.log.name}: …{self.log.read_text(errors='replace')[-3000:]}"

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(arguments: Sequence[str], system: System, folder: Path, **environment: str) -> Iterator[Contestant]:
    """`python ARGUMENTS` on the system, until the end of the block."""
    log = folder / f"{system.prefix}-{arguments[-1].replace('/', '-')}.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
    process = spawn([sys.executable, *arguments], log, {**inherited, **system.environment(), **environment})
    contestant = Contestant(process, log)
    try:
        yield contestant
    finally:
        contestant.stop()
