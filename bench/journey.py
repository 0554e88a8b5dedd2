"""The whole journey: a CRM's export imported until everything has settled; CPU seconds per deal, by process."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.ground.costs import Costs
from bench.ground.ratios import Spread
from bench.ground.setting import Setting, Shown
from bench.startup import baton

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "crm-sales-opportunities"
"""The real export, where a checkout has it beside it; else the sample is made."""
SAMPLE_ROWS = 8800


@dataclass(frozen=True)
class Journey:
    """One import. `cpu`: milliseconds per deal taken, by process. `seconds`: until the import had returned, and until all had settled."""

    export: str
    deals: int
    cpu: dict[str, float]
    imported: float
    settled: float


def measure(setting: Setting) -> bool:
    """Import into a new system, round after round; print the table."""
    done, rounds, folder = [], setting.rounds, setting.folder
    for number in range(rounds):
        setting.say(f"journey, round {number + 1} of {rounds}")
        done.append(_run(folder / f"journey-{number}"))
        setting.record.add("journey", done[-1])
    setting.show(shown(done))
    return True


def shown(runs: Sequence[Journey]) -> Shown:
    """A line for each process, the costliest first, and for the three largest together."""
    table = Table(
        title=f"Journey: {runs[0].deals:,} deals of the {runs[0].export} export, {len(runs)} rounds", title_justify="left", min_width=60
    )
    table.add_column("process")
    table.add_column("CPU ms per deal", justify="right")
    shares = {name: Spread.of([run.cpu[name] for run in runs]) for name in runs[0].cpu}
    for name, spread in sorted(shares.items(), key=lambda item: -item[1].middle):
        table.add_row(name, spread.shown())
    table.add_row("the three largest", Spread.of([sum(sorted(run.cpu.values())[-3:]) for run in runs]).shown(), style="bold")
    table.add_row("all", Spread.of([sum(run.cpu.values()) for run in runs]).shown(), style="bold")
    imported, settled = (Spread.of([getattr(run, part) for run in runs]).shown(1) for part in ("imported", "settled"))
    return [table, f"imported after {imported} s, settled after {settled} s"]


def _run(home: Path) -> Journey:
    file, mapping, name = _export(home)
    baton(home, "up", "--detach")
    try:
        costs, began = Costs(_processes(home)), time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        waived = ("--waived-by", "Dana Reyes", "--reason", "closed before Baton")
        rejects = home / "rejects.csv"
        words = ("import", str(file), "--mapping", str(mapping), *waived, "--rejects", str(rejects), "--json")
        taken = int(json.loads(baton(home, *words))["taken"])
        after, imported = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
        importer = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        baton(home, "wait", "--settled")
        spent, settled = costs.spent() | {"importer": importer}, time.perf_counter() - began
    finally:
        baton(home, "down")
    return Journey(name, taken, {name: seconds * 1000 / taken for name, seconds in spent.items()}, imported, settled)


def _export(home: Path) -> tuple[Path, Path, str]:
    """The export's file, the mapping that reads it, and which it is."""
    if REAL.is_dir():
        return REAL / "sales_pipeline.csv", ROOT / "examples" / "crm-sales-opportunities.toml", "real"
    files = home.with_suffix(".export")
    command = [sys.executable, str(ROOT / "examples" / "sample_export.py"), "--out", str(files), "--rows", str(SAMPLE_ROWS)]
    subprocess.run(command, check=True, capture_output=True)
    return files / "pipeline.csv", ROOT / "examples" / "sample-export.toml", "sample"


def _processes(home: Path) -> dict[str, int]:
    """The pids of everything that works on the journey."""
    services: dict[str, Any] = json.loads(baton(home, "status", "--json"))["services"]
    servers: dict[str, int] = json.loads((home / "stack" / "stack.json").read_text())["pids"]
    return {name: int(service["pid"]) for name, service in services.items()} | servers
