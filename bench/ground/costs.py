"""What processes cost: CPU seconds, and memory at its most."""

import time
from collections.abc import Mapping
from pathlib import Path

import psutil


class Costs:
    """Reads the CPU seconds of some processes, by name. `start` is the reading at its making."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self.start = self.seconds()

    def seconds(self) -> dict[str, float]:
        """User and system time of each process so far."""
        return {name: _seconds(pid) for name, pid in self._pids.items()}

    def spent(self) -> dict[str, float]:
        """The same, since `start`."""
        return {name: now - self.start[name] for name, now in self.seconds().items()}


def _seconds(pid: int) -> float:
    """By the process's own clock (clock_getcpuclockid(3)), which counts nanoseconds; proc(5) counts ticks of 10 ms.

    Raises:
        OSError: there is no such process.
    """
    assert pid > 0, "the clock of process 0 is our own"
    return time.clock_gettime(~pid << 3 | 2)


def peak_memory(pid: int) -> float:
    """The most that the process had resident, in MB (VmHWM of proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def resident(pid: int) -> float:
    """What the process has resident now, in MB."""
    return float(psutil.Process(pid).memory_info().rss / (1 << 20))
