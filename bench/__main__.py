"""`python -m bench`: runs benchmarks on an embedded stack of their own, and prints their tables; `table`: those of recorded runs."""

import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.ground.process import ContestantError
from bench.ground.record import Record
from bench.ground.setting import Setting
from bench.job.records import Size
from bench.programme import BENCHMARKS, WITH_OWN_STACK, Plan, plan
from bench.recorded import markdown, read
from stack.embedded import Stack
from stack.errors import StackError


def _in_a_folder(file: Path | None) -> Path | None:
    """Said before anything is measured: what cannot be written down afterwards is lost."""
    if file and not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}")
    return file


app = typer.Typer(add_completion=False, invoke_without_command=True)


@app.callback()
def measure(
    context: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant runs; medians are of the rounds.")] = 5,
    only: Annotated[str, typer.Option(help=f"Benchmarks ({', '.join(BENCHMARKS)}) or contestants of the job, separated by commas.")] = "",
    records: Annotated[int, typer.Option(min=100, help="Records of the job.")] = Size.records,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of every topic.")] = 4,
    deals: Annotated[
        int, typer.Option(min=10_000, envvar="BENCH_DEALS", help="The most stored deals of growth; 1000000 for all.")
    ] = 100_000,
    engine: Annotated[
        str | None, typer.Option(envvar="BENCH_ENGINE", help="What growth tells MongoDB's storage engine, such as cache_size=500M.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, envvar="BENCH_MINUTES", help="How long memory takes.")] = 30.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Measurements on standard output, a line of JSON each; tables on standard error.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(callback=_in_a_folder, dir_okay=False, help="A file that measurements are added to, a line of JSON each.")
    ] = None,
) -> None:
    """Measure Baton beside its rivals."""
    if context.invoked_subcommand:
        return
    told = Console(stderr=as_json, width=None if sys.stdout.isatty() else 150)
    try:
        chosen = plan([name for name in only.split(",") if name])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--only") from None
    size = Size(records, max(10, records // 10))
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        setting = Setting(size, rounds, Path(folder), Record(record, as_json), told, partitions, chosen.contestants, deals, engine, minutes)
        try:
            right = _run(chosen, setting)
        except (ContestantError, StackError) as error:
            told.print(str(error), markup=False)
            raise typer.Exit(1) from None
    raise typer.Exit(0 if right else 1)


@app.command()
def table(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What --record wrote.")],
    commit: Annotated[str | None, typer.Option(help="Each benchmark's last run on this commit; else its last one on any.")] = None,
) -> None:
    """Print the tables of recorded runs, in Markdown."""
    try:
        print(markdown(read(file, commit)))
    except (OSError, ValueError) as error:
        print(f"{file}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


def _run(chosen: Plan, setting: Setting) -> bool:
    results = []
    for name in chosen.benchmarks:
        with nullcontext() if name in WITH_OWN_STACK else Stack(setting.folder / name) as stack:
            results.append(BENCHMARKS[name](replace(setting, shared=stack)))
    return all(results)


if __name__ == "__main__":
    app()
