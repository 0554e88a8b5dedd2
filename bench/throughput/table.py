"""The table of the main job: what people look at first."""

from collections.abc import Sequence

from rich.table import Table

from bench.ground.ratios import Spread, grouped, paired
from bench.ground.setting import Shown
from bench.throughput.contestants import BY_NAME, ENTRANTS, REFERENCE
from bench.throughput.running import Run

Rounds = dict[str, list[Run]]
"""The runs of each contestant, a round each."""
_COMPLETE = {entrant.name for entrant in ENTRANTS if not entrant.bare}


def shown(runs: Sequence[Run]) -> Shown:
    """All contestants beside the plain loop, and Baton beside each of those that do the whole job."""
    rounds = grouped(runs, lambda run: run.entrant)
    rounds = {name: rounds[name] for name in BY_NAME if name in rounds}
    return [_table(rounds), *([_against(rounds)] if len(rounds.keys() & _COMPLETE) > 1 and "baton" in rounds else []), *_notes(rounds)]


def _table(rounds: Rounds) -> Table:
    """A line for each contestant; ratios are to the plain loop of the same round, where it took part."""
    most = max(run.records for runs in rounds.values() for run in runs)
    made = Table(
        title=f"{most:,} records, {max(map(len, rounds.values()))} rounds",
        caption="median of the rounds (least–most). Ratio: to the plain loop in the same round.",
        title_justify="left",
    )
    for heading in ("contestant", "events/s", "ratio", "warm", "CPU s/10k", "CPU ratio", "all CPU", "MB", "result"):
        made.add_column(heading, justify="left" if heading in ("contestant", "result") else "right")
    for name, runs in rounds.items():
        made.add_row(name, *_cells(runs, rounds.get(REFERENCE, [])), style="bold" if name == "baton" else None)
    return made


def _cells(runs: Sequence[Run], reference: Sequence[Run]) -> list[str]:
    bare, comparable = BY_NAME[runs[0].entrant].bare, len(runs) == len(reference)
    rates, warm, cpu = [run.rate for run in runs], [run.warm for run in runs], [run.cpu["service"] for run in runs]
    ratio = paired(rates, [run.rate for run in reference]).shown() if comparable else "–"
    warm_ratio = paired(warm, [run.warm for run in reference]).shown() if comparable and not bare and not _short(runs) else "–"
    cpu_ratio = paired(cpu, [run.cpu["service"] for run in reference]).shown() if comparable else "–"
    everything = Spread.of([sum(run.cpu.values()) for run in runs]).shown()
    wrong = [line for run in runs for line in run.wrong]
    result = "not checked" if bare else "WRONG" if wrong else "equal"
    memory = Spread.of([run.memory for run in runs])
    return [
        Spread.of(rates).shown(0), ratio, warm_ratio, Spread.of(cpu).shown(), cpu_ratio, everything if not bare else "–",
        f"{memory.middle:,.0f}", result,
    ]  # fmt: skip


def _against(rounds: Rounds) -> Table:
    """Baton beside each rival that does the whole job, in the same rounds: the ratios that are goals are among these."""
    ours = rounds["baton"]
    made = Table(title="Baton beside each rival, in the same rounds", title_justify="left")
    for heading in ("Baton, of", "events/s", "CPU s/10k"):
        made.add_column(heading, justify="left" if heading == "Baton, of" else "right")
    for name, theirs in rounds.items():
        if name == "baton" or name not in _COMPLETE or len(theirs) != len(ours):
            continue
        rate = paired([run.rate for run in ours], [run.rate for run in theirs])
        cpu = paired([run.cpu["service"] for run in ours], [run.cpu["service"] for run in theirs])
        made.add_row(name, rate.shown(), cpu.shown(3))
    return made


def _notes(rounds: Rounds) -> list[str]:
    """What the table cannot say: prefixes, and what was wrong."""
    said = ["; ".join(f"{name}: {BY_NAME[name].says}" for name in rounds)]
    said += [f"{name}: only {runs[0].records:,} records, and so without a warm part" for name, runs in rounds.items() if _short(runs)]
    return [*said, *(f"{name}: {line}" for name, runs in rounds.items() for run in runs for line in run.wrong)]


def _short(runs: Sequence[Run]) -> bool:
    return BY_NAME[runs[0].entrant].records is not None
