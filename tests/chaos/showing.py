"""What a person sees at the end: what was injected how often, what clients were told, what is broken."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.results import Row, excused_as, excuses, total

MOST = 5
"""Violations of one kind that are shown of a run; the file of results has all."""


def show(rows: list[Row], folders: dict[int, str], console: Console) -> None:
    """Print the tables. `folders`: of runs whose files were kept, by seed."""
    both = Table.grid(padding=(0, 4))
    faults, skipped = total(rows, "faults"), total(rows, "skipped")
    both.add_row(_injected(faults, skipped), _told(rows))
    console.print(both)
    broken = sum(len(row["violations"]) for row in rows)
    runs = f"{len(rows)} run{'s' if len(rows) > 1 else ''}, {sum(row['seconds'] for row in rows):.0f} s disturbed"
    violations = f"[bold red]violations: {broken}[/]" if broken else "violations: none"
    console.print(f"{runs}; {violations}; dead letters excused: {excuses(rows).total() or 'none'}")
    for line in (*_excused(rows), *_violations(rows)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for seed, folder in folders.items() if broken else ():
        console.print(f"seed {seed}: everything is in {folder}", markup=False, highlight=False, soft_wrap=True)


def _violations(rows: list[Row]) -> Iterator[str]:
    """The violations, a few of each kind of a run."""
    for row in rows:
        kinds: dict[str, list[dict[str, Any]]] = {}
        for violation in row["violations"]:
            kinds.setdefault(violation["kind"], []).append(violation)
        for kind, some in kinds.items():
            for violation in some[:MOST]:
                ids = f"  ids: {', '.join(violation['ids'][:6])}" if violation["ids"] else ""
                yield f"seed {row['seed']}: {kind}: {violation['what']}{ids}"
            if len(some) > MOST:
                yield f"seed {row['seed']}: {kind}: {len(some) - MOST} more"


def _excused(rows: list[Row]) -> Iterator[str]:
    """Good messages that are dead letters, and no violations: how many of which kind, and why."""
    for name, count in sorted(excuses(rows).items()):
        deaths = [one["deaths"] for row in rows for one in row["excuses"] if excused_as(one) == name]
        yield f"excused: {count} dead letters of {name}: the service died {min(deaths)} to {max(deaths)} times while each of them waited"


def _injected(faults: dict[str, int], skipped: dict[str, int]) -> Table:
    table = Table("injected", "times", "not possible", title=None)
    for name in sorted({*faults, *skipped}):
        table.add_row(name, f"{faults.get(name, 0):,}", f"{skipped[name]:,}" if skipped.get(name) else "")
    return table


def _told(rows: list[Row]) -> Table:
    table = Table("clients were told", "tries", title=None)
    for name, count in sorted(total(rows, "operations").items()):
        table.add_row(name, f"{count:,}")
    return table
