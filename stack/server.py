"""One server process: started, waited for, stopped, and broken on purpose by tests of failures."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from stack.errors import StackError
from stack.lifeline import spawn

# Two seconds on an idle machine; a busy one is no reason to give up.
STARTUP_SECONDS = 120.0
STOP_SECONDS = 20.0
_LOG_TAIL_LINES = 15


class Server(ABC):
    """A process with a folder for its files and a log in it. Its ports and its data stay the same over every restart."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.log = folder / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that runs the server in the foreground."""

    @abstractmethod
    def ready_line(self) -> str:
        """What the server writes to its log when it takes connections."""

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs on disk; called before each start."""

    @property
    def pid(self) -> int | None:
        """The process id, or None when the server was never started or has been stopped."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether the process exists; a paused one does."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and return when it serves. Raises StackError with the log's tail when it does not."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start the process without waiting for it."""
        if self.running:
            return
        self.prepare()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn(self.command(), self.log)

    def await_ready(self) -> None:
        """Wait until a launched process serves. Raises StackError with the log's tail when it ends or takes too long."""
        deadline = time.monotonic() + STARTUP_SECONDS
        while self.ready_line() not in self._fresh_log():
            if not self.running:
                raise StackError(f"{self.name} did not start: it ended with exit code {self._exit_code()}.{self.tail()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} did not start within {STARTUP_SECONDS:.0f} seconds.{self.tail()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask the process to end, and kill it when it has not after STOP_SECONDS."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the process at once, as a power cut would (kill -9); `start()` brings it back on the same data."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): connections stay open, and when this returns nothing answers any more."""
        self._signal(signal.SIGSTOP)
        if self._process is not None and self.running:  # its other threads go on for a moment, until the kernel has stopped them all
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let a frozen process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def tail(self) -> str:
        """The last lines of this start's log, with a heading that says where the rest is."""
        lines = self._fresh_log().splitlines()[-_LOG_TAIL_LINES:]
        return "".join(f"\n  {line}" for line in [f"The last lines of {self.log}:", *lines])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            os.kill(self._process.pid, number)

    def _exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def _fresh_log(self) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")
