"""From nothing to a system that is ready: installed from the package cache, `baton up` in a new home, and stopped again."""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.ground.process import ContestantError
from bench.ground.ratios import Spread
from bench.ground.setting import Setting, Shown

PATIENCE = 900
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Started:
    """Seconds. `install`: `bin/prepare embedded` in a copy of the sources without `.venv`; the first may have to fill the package cache.
    `new`, `again`: until `baton up --detach` returned with everything ready, in a new home and in the same one; `down`: until that did.
    """

    install: float
    new: float
    again: float
    down: float


def baton(home: Path, *words: str) -> str:
    """What a `baton` command prints. Raises: ContestantError, if it fails."""
    command = [sys.executable, "-m", "ops", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise ContestantError(f"baton {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def measure(setting: Setting) -> bool:
    """Start and stop a system, round after round; print the table."""
    done, rounds, folder = [], setting.rounds, setting.folder
    for number in range(rounds):
        setting.say(f"startup, round {number + 1} of {rounds}")
        install = _installed(folder / f"sources-{number}")
        home = folder / f"home-{number}"
        new = _timed(home, "up", "--detach")
        down = _timed(home, "down")
        again = _timed(home, "up", "--detach")
        baton(home, "down")
        done.append(Started(install, new, again, down))
        setting.record.add("startup", done[-1])
    setting.show(shown(done))
    return True


def shown(runs: Sequence[Started]) -> Shown:
    """One line."""
    table = Table(title=f"Start-up in seconds, {len(runs)} rounds", title_justify="left")
    for heading in ("install, packages cached", "baton up, new home", "baton up, same home", "baton down"):
        table.add_column(heading, justify="right")
    table.add_row(*(Spread.of([getattr(run, part) for run in runs]).shown(1) for part in ("install", "new", "again", "down")))
    return [table]


def _installed(sources: Path) -> float:
    """Seconds that it takes to install into a copy of the sources, which is removed again."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.strip("\0").split("\0"):
        if (ROOT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, sources / name)
    began = time.perf_counter()
    done = subprocess.run([sources / "bin/prepare", "embedded"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    took = time.perf_counter() - began
    shutil.rmtree(sources)
    if done.returncode:
        raise ContestantError(f"bin/prepare embedded: {done.stdout}{done.stderr}")
    return took


def _timed(home: Path, *words: str) -> float:
    began = time.perf_counter()
    baton(home, *words)
    return time.perf_counter() - began
