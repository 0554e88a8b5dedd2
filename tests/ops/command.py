"""Running the command line as its users do: as a process, whose output and exit code are all that is looked at."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finished:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line that a failed command says."""
        assert self.code != 0, self.out
        assert "Traceback" not in self.err
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


def environment(**more: str) -> dict[str, str]:
    """The environment without any setting of a system."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "120", **more}


def command(*arguments: object) -> list[str]:
    """The command line of `baton` with these arguments."""
    return [sys.executable, "-m", "ops", *map(str, arguments)]


def baton(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None, patience: float = 300) -> Finished:
    """Run `baton` to its end."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, cwd=cwd, env=environment(**(env or {})), timeout=patience, check=False
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def until(what: str, true: Callable[[], bool], patience: float = 120) -> None:
    """Wait for it. Fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"not in {patience} s: {what}"
        time.sleep(0.05)
