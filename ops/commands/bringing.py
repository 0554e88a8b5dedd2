"""`import` and `demo`: a CRM's export, and the whole journey of a sample of one."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from ops.errors import OpsError
from ops.importing.mapping import load_mapping
from ops.importing.rows import Waiving
from ops.importing.run import Export, import_export
from ops.options import Json
from ops.output import console, print_json, progress
from ops.system import Options, find_system


async def import_file(
    options: Options,
    file: Annotated[Path, typer.Argument(help="The export: a CSV file.")],
    mapping: Annotated[Path, typer.Option("--mapping", help="What its columns mean: a TOML file.")],
    waived_by: Annotated[str | None, typer.Option("--waived-by", help="Who waives the close gate for deals that are won already.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why they waive it.")] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Where rows that are not taken go. Default: FILE.rejects.csv here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import a CRM's export. Every row is taken, unchanged since the last import, or rejected with its line number and the reason.

    Run again, only rows that changed on the CRM's side act. Won deals pass the same close gate as any other; what is not there has to
    be waived by a person, with a reason, or the row is rejected.
    """
    if (waived_by is None) != (reason is None):
        raise OpsError("--waived-by and --reason go together: who waives, and why.")
    if waived_by is not None and not (waived_by.strip() and (reason or "").strip()):
        raise OpsError("--waived-by and --reason must not be empty.")
    waiving = Waiving(" ".join(waived_by.split()), reason.strip()) if waived_by and reason else None
    target = rejects or Path(f"{file.stem}.rejects.csv")
    if target.resolve() == file.resolve():
        raise OpsError("--rejects: the export itself would be overwritten.")
    export = Export(file, load_mapping(mapping), waiving)
    with progress() as shown:
        result = await import_export(find_system(options), export, waiving, target, shown)
    if as_json:
        print_json(result.shape())
        return
    console.print(f"{result.rows:,} rows: {result.taken:,} taken, {result.unchanged:,} unchanged, {result.rejected:,} rejected.")
    if result.rejected:
        console.print(f"Why rows were rejected stands in {result.rejects_file}", markup=False)


async def demo(
    options: Options,
    rows: Annotated[int, typer.Option(min=100, help="Opportunities in the sample export.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed gives another sample and other answers.")] = 7,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the system's folder here, logs included.")] = None,
) -> None:
    """Play the whole journey on a system of its own: from a CRM export to survey answers, with seconds instead of days.

    Ends with a table that reconciles every count, and fails if one does not reconcile.
    """
    from ops.demo.run import Scenario, run_demo  # brings the supervisor along, which nothing else here needs

    with TemporaryDirectory(prefix="baton-demo-") as temporary:
        folder = keep.absolute() if keep else Path(temporary)
        if not await run_demo(folder, Scenario(rows, seed)):
            raise OpsError("A count does not reconcile.")
