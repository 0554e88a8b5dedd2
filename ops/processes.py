"""Processes that are ours: a pid counts only together with the moment at which its process began, so that no stranger is stopped."""

import ctypes
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Process:
    """A process that was started here. `began`: clock ticks after the machine's start, as the kernel has it."""

    pid: int
    began: int

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this pid now."""
        return cls(pid, began(pid) or 0)

    @classmethod
    def read(cls, record: Any) -> "Process | None":
        """The process of a record, if it still runs."""
        process = cls(int(record["pid"]), int(record["began"])) if record else None
        return process if process and process.runs else None

    @property
    def runs(self) -> bool:
        """Whether this very process runs, rather than another that was given its pid."""
        return self.began != 0 and began(self.pid) == self.began

    def record(self) -> dict[str, int]:
        """What is written down of it."""
        return asdict(self)

    def stop(self, patience: float) -> bool:
        """Ask it to end, and after `patience` seconds end it; returns whether it ended by itself."""
        self.send(signal.SIGTERM)
        if self.await_end(patience):
            return True
        self.send(signal.SIGKILL)
        self.await_end(5)
        return False

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.runs:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def await_end(self, patience: float) -> bool:
        """Whether it ended within `patience` seconds."""
        deadline = time.monotonic() + patience
        while self.runs:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def began(pid: int) -> int | None:
    """When the process began, in clock ticks after the machine's start; None if there is none, or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def end_with_parent() -> None:
    """Run in a child before it becomes its program: the kernel ends it, in order, when its parent is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
