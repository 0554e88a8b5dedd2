"""`parked`: aggregates with records that the broker would never take; looked at, and put back once the cause is mended."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from ops.errors import OpsError
from ops.options import Json, command
from ops.output import print_json, print_table, say
from ops.parked import by_service, find_parked, list_parked
from ops.parked import put_back as ask
from ops.system import NAMES, Options, find_system, services_named

app = typer.Typer(help="Records that the broker would never take, by aggregate.", no_args_is_help=True)

Service = Annotated[str | None, typer.Option("--service", help=f"Only those of {', '.join(NAMES)}; of all when left out.")]
Owners = Annotated[list[str] | None, typer.Argument(help="The aggregates: owners as the list shows them, such as a deal's id.")]
Everything = Annotated[bool, typer.Option("--all", help="All that are parked.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which it would be.")]


async def list_(options: Options, service: Service = None, as_json: Json = False) -> None:
    """List parked aggregates, the longest parked first."""
    found = await list_parked(find_system(options), services_named(service))
    if as_json:
        print_json(found)
        return
    _table(found)
    if not found:
        say("There are none.")


async def put_back(
    options: Options,
    owners: Owners = None,
    service: Service = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put parked records back: of these aggregates, or --all. They are published in their original order, before what came later."""
    if bool(owners) == everything:
        raise OpsError("Give owners, or --all; not both." if owners else "Say which: owners, or --all.")
    system, services = find_system(options), services_named(service)
    chosen = await find_parked(system, services, owners) if owners else await list_parked(system, services)
    total = await ask(system, by_service(chosen) if owners else {name: {"everything": True} for name in services}, dry_run)
    if as_json:
        print_json(total)
        return
    if dry_run:
        _table(chosen)
        say(f"{total['matched']} would be put back.")
    else:
        say(f"{total['asked']} of {total['matched']} asked for{'; they are put back within seconds' if total['asked'] else ''}.")


def _table(found: Iterable[Mapping[str, Any]]) -> None:
    columns = ("owner", "service", "#lane", "#records", "since", "reason", "topics", "asked by")
    print_table(columns, map(_row, found))


def _row(one: Mapping[str, Any]) -> tuple[Any, ...]:
    since = datetime.fromisoformat(one["since"]).strftime("%Y-%m-%d %H:%M:%S")
    lanes, topics = ", ".join(map(str, one["lanes"])), ", ".join(one["topics"])
    return (one["owner"], one["service"], lanes, one["records"], since, one["reason"], topics, one["by"])


for _name, _run in (("list", list_), ("put-back", put_back)):
    app.command(_name)(command(_run))
