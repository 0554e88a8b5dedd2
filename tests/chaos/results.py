"""Results of runs: a line each in a file that grows, and what they add up to."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.chaos.run import Result

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]


def row(result: Result) -> Row:
    """A run as a line of the file."""
    return {
        "commit": commit(),
        "ended": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seed": result.seed,
        "profile": result.profile,
        "seconds": result.seconds,
        "took": round(result.took, 1),
        "settled_after": round(result.settled_after, 1),
        "looks": result.looks,
        "deepest": result.deepest,
        "faults": dict(result.faults),
        "skipped": dict(result.skipped),
        "operations": dict(result.operations),
        "violations": [{"kind": broken.kind, "what": broken.what, "ids": list(broken.ids)} for broken in result.violations],
        "excuses": [excuse._asdict() for excuse in result.excuses],
    }


def commit() -> str:
    """The commit that ran, with `+` behind it if files were changed since; `unknown` outside a checkout."""
    try:
        name = _git("rev-parse", "--short=10", "HEAD")
        return f"{name}+" if _git("status", "--porcelain", "--untracked-files=no") else name
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def record(file: Path, rows: Iterable[Row]) -> None:
    """Add runs to the file."""
    with file.open("a") as out:
        out.writelines(json.dumps(one) + "\n" for one in rows)


def read(file: Path) -> list[Row]:
    """The runs of a file.

    Raises:
        OSError: there is no such file.
        ValueError: a line is not a recorded run, and the text names it; or there is none.
    """
    rows = [_read(number, line) for number, line in enumerate(file.read_text().splitlines(), 1) if line]
    if not rows:
        raise ValueError("there is none in it")
    return rows


def _read(number: int, line: str) -> Row:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number} is no JSON: {error}") from None
    needed = ("commit", "profile", "seed", "seconds", "violations", "faults", "operations")
    if not isinstance(found, dict) or (missing := [name for name in needed if name not in found]):
        raise ValueError(f"line {number} is no run" if not isinstance(found, dict) else f"line {number} has no {missing[0]!r}")
    return found


def total(rows: Iterable[Mapping[str, Any]], part: str) -> Counter[str]:
    """A part of all rows, added up."""
    sums: Counter[str] = Counter()
    for one in rows:
        sums.update(one[part])
    return sums


def excuses(rows: Iterable[Row]) -> Counter[str]:
    """Dead letters that were excused, by service, type of the message and reason; older lines do not say."""
    return Counter(excused_as(one) for row in rows for one in row.get("excuses", ()))


def excused_as(excuse: Mapping[str, Any]) -> str:
    """What is told apart in sums of dead letters that were excused."""
    return f"{excuse['service']}: {excuse['type']}, {excuse['reason']}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
