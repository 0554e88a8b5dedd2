"""The nursery as the runner sees it: asked for processes, and told when one is gone."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

READY = 120.0
"""Seconds that the nursery may take to be ready."""


class Child:
    """A process that the nursery made. `returncode`: None while it lives, then as `subprocess` has it."""

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self.born, self.gone = threading.Event(), threading.Event()

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return not self.gone.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it is gone within so many seconds."""
        return self.gone.wait(seconds)

    def send(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.running:
            with suppress(ProcessLookupError):  # it is gone, and we are about to be told
                os.kill(self.pid, number)

    def end(self, code: int) -> None:
        """It is gone."""
        self.returncode = code
        self.gone.set()


class Births:
    """A running nursery; a context manager, with which all its children end."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._asked: dict[int, Child] = {}
        self._alive: dict[int, Child] = {}
        self._ready = threading.Event()
        self._number = 0

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.chaos.running.nursery"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, process_group=0)
        assert self._process.stdout is not None
        threading.Thread(target=self._listen, args=(self._process.stdout,), name="births", daemon=True).start()
        if not self._ready.wait(READY) or self._process.poll() is not None:
            raise OSError(f"the nursery did not start: {self._log.read_text(errors='replace')[-2000:]}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def bear(self, package: str, environment: Mapping[str, str], log: Path, clock: Path) -> Child:
        """Make a process that runs the service of a package; returns when it exists."""
        assert self._process.stdin is not None
        child = Child()
        with self._lock:
            self._number += 1
            number = self._number
            self._asked[number] = child
            wanted: dict[str, Any] = {"number": number, "package": package, "environment": dict(environment)}
            wanted |= {"log": str(log), "clock": str(clock)}
            self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
            self._process.stdin.flush()
        if not child.born.wait(READY):
            raise OSError("the nursery bears nothing")
        return child

    def _listen(self, told: IO[bytes]) -> None:
        for line in told:
            word = json.loads(line)
            if "born" in word:
                child = self._asked.pop(word["born"])
                child.pid = word["pid"]
                self._alive[child.pid] = child
                child.born.set()
            elif "gone" in word:
                self._alive.pop(word["gone"]).end(word["code"])
            self._ready.set()
        self._ready.set()
        for child in self._alive.values():
            child.end(-9)
