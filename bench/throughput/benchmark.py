"""The main job, round after round, the contestants interleaved."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.ground.record import Record
from bench.job.records import Size, make_records
from bench.throughput.contestants import BY_NAME, ENTRANTS, PROFILED, REFERENCE
from bench.throughput.running import Job, run
from bench.throughput.table import Rounds, notes, table
from stack.embedded import Stack


def measure(
    stack: Stack, size: Size, rounds: int, only: Sequence[str], partitions: int, folder: Path, record: Record, told: Console
) -> bool:
    """Run the job; print the table. True if every result was right. `only`: names of contestants; all if empty."""
    names = [entrant.name for entrant in ENTRANTS if not only or entrant.name in {*only, REFERENCE}]
    names += [PROFILED.name] if PROFILED.name in only else []
    job, done = Job(make_records(size)), Rounds((name, []) for name in names)
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            told.print(f"[dim]round {number + 1} of {rounds}: {name}[/dim]")
            measured = run(BY_NAME[name], job, stack, partitions, folder)
            record.add("throughput", measured)
            done[name].append(measured)
    told.print(table(done, f"{size.records:,} records, {size.aggregates:,} deals, {partitions} partitions, {rounds} rounds"))
    for note in notes(done):
        told.print(note)
    return not any(run.wrong for runs in done.values() for run in runs)
