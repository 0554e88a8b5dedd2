"""Runs a service whose clock can be set from outside: `python -m tests.chaos.running.instance services.deals CLOCK`.

The file CLOCK holds the seconds by which the process is ahead (or, if negative, behind); it may change at any time. What the process
reads of the time of day is shifted; what it measures (time.monotonic, the event loop's clock) is not.

The process ends with 0 if its runtime has stopped in order. uvicorn sends itself the signal again that it ended for, so that otherwise
every process would end by SIGTERM, whether it had done anything about it or not.
"""

import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import time_machine

from chassis import run
from chassis.runtime import Runtime

LOOK = 0.2
"""Seconds between two looks at the file."""


class Clock:
    """The clock of this process: the machine's own until it is set for the first time, so that nothing is in an undisturbed run's way."""

    def __init__(self, file: Path) -> None:
        self._file, self._ahead = file, 0.0
        self._shifted: Any = None

    def look(self) -> None:
        """Set the clock as the file says."""
        try:
            ahead = float(self._file.read_text() or 0)
        except (OSError, ValueError):  # not there, or just being written
            return
        if ahead != self._ahead:
            self._shift(ahead - self._ahead)
            self._ahead = ahead

    def watch(self) -> None:
        """Look for the life of the process."""
        while True:
            time.sleep(LOOK)
            self.look()

    def _shift(self, seconds: float) -> None:
        if self._shifted is None:
            self._shifted = time_machine.travel(time.time() + seconds, tick=True).start()
        else:
            self._shifted.shift(seconds)


class Instance(Runtime):
    """The runtime, and whether it has stopped in order."""

    stopped = False

    async def stop(self) -> None:
        """As the runtime does."""
        await super().stop()
        Instance.stopped = True


def terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM came where uvicorn does not listen: before it begins to, or once more from uvicorn when all is over."""
    if not Instance.stopped:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)


def main(package: str, clock: str) -> None:
    """Run the service of a package on this clock."""
    signal.signal(signal.SIGTERM, terminated)
    run.Runtime = Instance
    own = Clock(Path(clock))
    own.look()
    threading.Thread(target=own.watch, name="clock", daemon=True).start()
    run.run(import_module(f"{package}.app").SERVICE)


if __name__ == "__main__":
    main(*sys.argv[1:])
