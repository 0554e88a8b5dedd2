"""The keeper: a small supervisor that starts again every process that is gone, and notes those that ended by themselves."""

import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tests.chaos.running.slot import Slot

LOOK = 0.05
PAUSE = 0.3
"""Seconds before a process that ended by itself is started again."""


@dataclass(frozen=True)
class Died:
    """A process that ended though nobody had asked it to, or otherwise than it was asked to. `words`: the end of its log."""

    at: float
    slot: str
    code: int
    words: str


class Keeper:
    """Keeps the slots running; a context manager."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self.slots = list(slots)
        self.died: list[Died] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        for slot in self.slots:
            slot.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for slot in self.slots:
            slot.wanted = False
            slot.end(signal.SIGKILL, 0)
            slot.finish()

    def note(self, slot: Slot) -> bool:
        """Note it if the slot's process has ended by itself, once; returns whether it had."""
        with slot.lock:
            if not slot.surprises or slot.process is None:
                return False
            self.died.append(Died(time.time(), slot.name, slot.process.returncode or 0, slot.last_words()))
            slot.process = None
            return True

    def finish(self) -> list[str]:
        """End all processes in order, while everything is whole; returns what is wrong with how they ended."""
        for slot in self.slots:
            slot.wanted = False
            slot.end(signal.SIGTERM, 0)
        return [f"{slot.name} {wrong}" for slot in self.slots if (wrong := slot.finish(in_order=True))]

    def _keep(self) -> None:
        while not self._over.wait(LOOK):
            for slot in self.slots:
                with slot.lock:
                    self._look_at(slot)

    def _look_at(self, slot: Slot) -> None:
        if slot.running or not slot.wanted:
            return
        if self.note(slot):
            slot.not_before = time.monotonic() + PAUSE
        if time.monotonic() >= slot.not_before:
            slot.start()
