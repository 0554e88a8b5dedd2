"""Carries a schedule out: each fault at its moment, in a thread of its own, written down when it is over."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.chaos.nemesis.arena import Arena, Skipped
from tests.chaos.nemesis.planned import Planned
from tests.chaos.nemesis.profiles import KINDS
from tests.chaos.nemesis.servers import mend

ENDING = 180.0
"""Seconds that a fault may take to end when all are to."""


class Nemesis:
    """`done`: how often each kind was carried out; `skipped`: how often it could not be; `failed`: what went wrong with the means."""

    def __init__(self, arena: Arena, log: Path, say: Callable[[str], None]) -> None:
        self._arena, self._log, self._say = arena, log, say
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.failed: list[str] = []

    def run(self, schedule: Sequence[Planned], seconds: float) -> None:
        """Carry the schedule out, for so many seconds; returns when every fault is over and everything is whole again."""
        self._log.touch()
        began = time.monotonic()
        threads = []
        for planned in schedule:
            time.sleep(max(0.0, began + planned.at - time.monotonic()))
            thread = threading.Thread(target=self._carry_out, args=(planned,), name=planned.fault, daemon=True)
            thread.start()
            threads.append(thread)
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        self._arena.over.set()
        deadline = time.monotonic() + ENDING
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                self.failed.append(f"{thread.name} did not end")
        self._heal()

    def _heal(self) -> None:
        """Everything runs, nothing stands in the way, clocks are right."""
        arena = self._arena
        arena.ground.clear()
        for slot in arena.keeper.slots:
            slot.set_clock(0)
            slot.wake()
        mend(arena)

    def _carry_out(self, planned: Planned) -> None:
        planned = replace(planned, detail={**planned.detail})  # a fault may note in it what came of it; the schedule stays as it was drawn
        kind, at, what = KINDS[planned.fault], time.time(), None
        name = f"{planned.fault:<16} {planned.target:<16}"
        try:
            with self._arena.claimed(tuple(claim.format(target=planned.target) for claim in kind.claims)):
                at = time.time()
                self._say(f"{planned.at:6.2f} s  {name} {planned.shown()}")
                what = kind.inject(self._arena, planned)
            self._count(self.done, planned.fault)
        except Skipped as skipped:
            self._count(self.skipped, planned.fault)
            what = f"skipped: {skipped}"
        except Exception as error:  # the run is worth nothing then, and says so
            what = f"failed: {error!r}"
            self.failed.append(f"{planned.fault} on {planned.target}: {error!r}")
        self._note(planned, at, what)
        if what:
            self._say(f"    over:  {name} {what}")

    def _count(self, counter: Counter[str], fault: str) -> None:
        with self._lock:
            counter[fault] += 1

    def _note(self, planned: Planned, at: float, what: str | None) -> None:
        detail: dict[str, Any] = {**planned.detail, "planned": planned.at, **({"outcome": what} if what else {})}
        line = {"at": at, "fault": planned.fault, "target": planned.target, "until": time.time(), "detail": detail}
        with self._lock, self._log.open("a") as log:
            log.write(json.dumps(line) + "\n")
