"""What was measured once, out of the file that `--record` wrote: the tables that the run printed, in Markdown."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from bench import journey, latency, memory, startup
from bench.ground.setting import Shown
from bench.growth import benchmark as growth
from bench.growth.filling import Taken
from bench.growth.job import Grown
from bench.throughput import table as throughput
from bench.throughput.running import Run

KINDS: dict[str, tuple[type, Callable[[Sequence[Any]], Shown]]] = {
    "throughput": (Run, throughput.shown),
    "latency": (latency.Paced, latency.shown),
    "memory": (memory.Memory, memory.shown),
    "startup": (startup.Started, startup.shown),
    "journey": (journey.Journey, journey.shown),
    "growth": (Grown, growth.shown),
    "stored": (Taken, growth.shown_stored),
}
"""By the name that a record gives: what a line of it is, and how such are shown."""
WIDE = 1000
"""Characters of a line: Markdown is not wrapped."""


class Recorded(NamedTuple):
    """What one run has measured of one benchmark, in the order of measuring."""

    benchmark: str
    commit: str
    measured: list[Any]


def read(file: Path, commit: str | None = None) -> list[Recorded]:
    """The last run of each benchmark, on any commit or on the given one.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is not of a record, or there is none of the commit; the text names it.
    """
    lines = [_line(number, text) for number, text in enumerate(file.read_text().splitlines(), 1)]
    of_commit = [line for line in lines if commit in (None, line["commit"])]
    if not of_commit:
        raise ValueError(f"nothing was measured on {commit}" if lines else "nothing was measured")
    last = {line["benchmark"]: line for line in sorted(of_commit, key=lambda line: str(line["at"]))}
    return [
        Recorded(name, last[name]["commit"], [_measured(line) for line in of_commit if _run(line) == _run(last[name])])
        for name in KINDS
        if name in last
    ]


def _line(number: int, text: str) -> Mapping[str, Any]:
    try:
        line: Mapping[str, Any] = json.loads(text)
        _measured(line)
        line["at"], line["commit"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"line {number} is not of a record: {error!r}") from None
    return line


def _run(line: Mapping[str, Any]) -> tuple[str, str]:
    """What was measured together; a record of before runs had names is told apart by its commit."""
    return line["benchmark"], line.get("run") or line["commit"]


def _measured(line: Mapping[str, Any]) -> Any:
    kind, _ = KINDS[line["benchmark"]]
    return kind(**{field.name: line[field.name] for field in fields(kind) if field.name in line})


def markdown(recorded: Sequence[Recorded]) -> str:
    """Their tables, one below the other."""
    return "\n\n".join(text for one in recorded for text in _parts(one))


def _parts(recorded: Recorded) -> Iterator[str]:
    yield f"### {recorded.benchmark}, commit {recorded.commit}"
    _, shown = KINDS[recorded.benchmark]
    for part in shown(recorded.measured):
        if isinstance(part, Table):
            part.box, part.title, part.caption = box.MARKDOWN, None, None
        yield _plain(part)


def _plain(part: Table | str) -> str:
    console = Console(width=WIDE, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(part, markup=False, highlight=False)
    return "\n".join(line.strip() for line in captured.get().strip().splitlines())
