"""`python -m tests.mutants`: plant each bug in a copy of the sources, and show which check finds it."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stack.embedded import Stack
from tests.mutants.baseline import Baseline
from tests.mutants.copy import Copy
from tests.mutants.judging import Fate, Verdict, judge
from tests.mutants.mutant import Mutant, PatchError, mutants


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the mutants named, or all; 0 if every one died, or survived as it says that it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to judge; all if none is named")
    parser.add_argument("--every-time", action="store_true", help="only those that CI runs")
    parser.add_argument(
        "--baseline",
        action=argparse.BooleanOptionalAction,
        help="first run each check on the unmodified sources, where it must pass; if not said, only when all mutants are judged: "
        "it takes about as long again, and whoever judges some has just seen the tests pass (CI runs them right before)",
    )
    parser.add_argument("--list", action="store_true", help="show what there is, and judge none")
    parser.add_argument("--json", action="store_true", help="the verdicts as JSON")
    given = parser.parse_args(arguments)
    try:
        wanted = mutants(given.names, given.every_time)
        if given.list:
            return _list(wanted, given.json)
        all_of_them = not given.names and not given.every_time
        verdicts = _judge_all(wanted, all_of_them if given.baseline is None else given.baseline)
    except PatchError as error:
        print(error, file=sys.stderr)
        return 2
    (_print_json if given.json else _print_table)(verdicts)
    return int(not all(verdict.is_expected for verdict in verdicts))


def _judge_all(wanted: Sequence[Mutant], with_baseline: bool) -> list[Verdict]:
    progress = Console(stderr=True, highlight=False)
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="baton-mutants-") as folder, Stack(Path(folder) / "stack") as stack:
        copy = Copy(Path(folder) / "sources")
        baseline = Baseline(copy.folder, stack.addresses)
        for number, mutant in enumerate(wanted, 1):
            try:
                if with_baseline and (why := baseline.why_not(mutant.killers)):
                    verdict = Verdict(mutant, Fate.UNJUDGED, f"does not pass without the bug: {why}", 0.0)
                else:
                    with copy.with_bug(mutant) as sources:
                        verdict = judge(mutant, sources, stack.addresses)
            except PatchError as error:
                verdict = Verdict(mutant, Fate.UNJUDGED, str(error), 0.0)
            verdicts.append(verdict)
            progress.print(
                f"{number:3}/{len(wanted)}  {mutant.name}: {verdict.fate}, {verdict.seconds:.0f} s  [dim]{escape(verdict.check)}[/]",
                soft_wrap=True,
            )
    return verdicts


def _list(wanted: Sequence[Mutant], as_json: bool) -> int:
    if as_json:
        print(
            json.dumps([{"name": m.name, "bug": m.bug, "killed_by": list(m.killers), "every_time": m.every_time} for m in wanted], indent=2)
        )
        return 0
    table = Table("mutant", "the bug", "what must find it", show_lines=True)
    for mutant in wanted:
        table.add_row(mutant.name, mutant.bug, " ".join(mutant.killers))
    Console().print(table)
    return 0


def _print_json(verdicts: Sequence[Verdict]) -> None:
    rows = [
        {"name": v.mutant.name, "bug": v.mutant.bug, "fate": v.fate, "check": v.check, "seconds": round(v.seconds, 1)} for v in verdicts
    ]
    print(json.dumps(rows, indent=2))


def _print_table(verdicts: Sequence[Verdict]) -> None:
    table = Table("mutant", "fate", "the check that failed", "why it survives")
    for verdict in verdicts:
        colour = "green" if verdict.is_expected else "red"
        table.add_row(verdict.mutant.name, f"[{colour}]{verdict.fate}[/]", escape(verdict.check), escape(verdict.mutant.survives or ""))
    console = Console()
    console.print(table)
    dead = sum(verdict.fate is Fate.KILLED for verdict in verdicts)
    explained = sum(verdict.fate is Fate.SURVIVED and verdict.is_expected for verdict in verdicts)
    console.print(f"{dead} of {len(verdicts)} died{f', {explained} survived as they say' if explained else ''}")


if __name__ == "__main__":
    sys.exit(main())
