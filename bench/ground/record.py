"""The record of a run: what was measured, on which commit and machine, a line of JSON each."""

import json
import os
import platform
import subprocess
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """Where measurements are written down, if anywhere. `aloud`: also on standard output, for programs. `run`: of all that is added."""

    file: Path | None = None
    aloud: bool = False
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def add(self, benchmark: str, measured: Any) -> None:
        """One measurement: a dataclass."""
        line = json.dumps({"benchmark": benchmark, **asdict(measured), "run": self.run, **circumstances()})
        if self.file:
            with self.file.open("a") as lines:
                lines.write(line + "\n")
        if self.aloud:
            print(line, flush=True)


def circumstances() -> dict[str, Any]:
    """The moment, the commit, the machine, and how busy it is with other things."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": found.stdout.strip() or "unknown",
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "processor": _processor(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    """The processor's name (proc(5)): absolute figures of two kinds say nothing beside each other."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
