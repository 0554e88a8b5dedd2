"""A slot: the place of one instance of a service, whose process may come and go."""

import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.running.births import Births, Child

DRAIN = 45.0
"""Seconds that a process which was asked to end may take."""
TAIL = 3000


@dataclass
class Slot:
    """A place and what runs there. `name`: such as deals-0. `wanted`: whether a process is to run here; `not_before`: but no new one
    before this moment. `asked`: the signals that we sent its process to end it, so that such an end is no surprise.

    `lock`: held while something is done to the process, so that the keeper does not start one in the middle.
    """

    name: str
    service: str
    url: str
    folder: Path
    environment: Mapping[str, str]
    births: Births
    process: Child | None = None
    wanted: bool = True
    asked: set[int] = field(default_factory=set)
    not_before: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(verify=False, trust_env=False, timeout=5), repr=False)

    @property
    def log(self) -> Path:
        """Where its processes' words go, one behind the other."""
        return self.folder / f"{self.name}.log"

    @property
    def clock(self) -> Path:
        """The file that sets its clock."""
        return self.folder / f"{self.name}.clock"

    @property
    def running(self) -> bool:
        """Whether the process exists."""
        return self.process is not None and self.process.running

    @property
    def surprises(self) -> bool:
        """Whether there was a process that is gone, and no signal of ours explains how it ended."""
        return self.process is not None and not self.process.running and self.process.returncode not in self._expected()

    def _expected(self) -> set[int | None]:
        """The codes with which a process may end that was sent these signals; 0 if it could come to its end in order."""
        return {-number for number in self.asked} | ({0} if signal.SIGTERM in self.asked else set())

    def start(self) -> None:
        """Start a process here; returns at once."""
        with self.lock:
            self.process = self.births.bear(f"services.{self.service}", self.environment, self.log, self.clock)
            self.asked = set()

    def set_clock(self, ahead: float) -> None:
        """Have its clock so many seconds ahead, also over restarts; put there as a whole, so that nobody reads half of it."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(ahead))
        fresh.replace(self.clock)

    # ---- what is done to it -----------------------------------------------------------------------------------

    def end(self, number: signal.Signals, pause: float) -> bool:
        """Send the process a signal that ends it; a new one starts when it is gone, `pause` seconds from now at the earliest.

        Returns whether there was a process.
        """
        with self.lock:
            self.not_before = time.monotonic() + pause
            return self._send(number, ends=True)

    def freeze(self) -> bool:
        """Stop the process in the middle of whatever it does. Returns whether there was one."""
        with self.lock:
            return self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on as if nothing had happened."""
        with self.lock:
            self._send(signal.SIGCONT)

    def finish(self, *, in_order: bool = False) -> str | None:
        """Have no process here any more: ask it to end, and wait. Returns what is wrong with how it ended, if anything is.

        `in_order`: whether it must have come to its end in order (0), since nothing stood in its way; if not, a signal of ours explains
        its end, such as SIGTERM before it had begun to listen for it.
        """
        self.wanted = False
        with self.lock:
            self._send(signal.SIGTERM, ends=True)
            self.client.close()
            if self.process is None:
                return None
            if not self.process.wait(DRAIN):
                self._send(signal.SIGKILL)
                self.process.wait(DRAIN)
                return f"did not end within {DRAIN:.0f} s of SIGTERM"
            code = self.process.returncode
            good = {0} & self._expected() if in_order else self._expected()
        return None if code in good else f"ended with {code}"

    def _send(self, number: signal.Signals, *, ends: bool = False) -> bool:
        if self.process is None or not self.process.running:
            return False
        if ends:
            self.asked.add(number)
        self.process.send(number)
        return True

    # ---- what it says -----------------------------------------------------------------------------------------

    def unready(self) -> list[str]:
        """Why it is not ready; empty if it is."""
        if not self.running:
            return ["no process"]
        try:
            reasons: list[str] = self.client.get(f"{self.url}/health/ready").json()["reasons"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            return [repr(error)]
        return reasons

    def joined(self) -> bool:
        """Whether it has been given partitions, be they taken up or not."""
        reasons = self.unready()
        return not reasons or any("being taken up" in reason for reason in reasons)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-TAIL:] if self.log.exists() else ""
