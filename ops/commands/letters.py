"""`dead-letters`: messages that a service could not take; looked at, tried again, given up."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ops.dead_letters import Filter, change, list_letters, show_letter
from ops.errors import OpsError
from ops.options import Json, command
from ops.output import print_json, print_table, say
from ops.system import NAMES, Options, find_system

app = typer.Typer(help="Messages that a service could not take.", no_args_is_help=True)

Service = Annotated[str | None, typer.Option("--service", help=f"Only those of {', '.join(NAMES)}; of all when left out.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only those with this reason.")]
Type = Annotated[str | None, typer.Option("--type", help="Only messages of this type, such as deals.DealClosedWon.v1.")]
Key = Annotated[str | None, typer.Option("--key", help="Only those of this key, such as a deal's id.")]
Line = Annotated[str | None, typer.Option("--line", help="Only those of this subscription line.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters; those that match the filters when left out.")]
Everything = Annotated[bool, typer.Option("--all", help="All that are open.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which it would be.")]


async def list_(
    options: Options,
    service: Service = None,
    reason: Reason = None,
    type: Type = None,
    key: Key = None,
    line: Line = None,
    status: Annotated[str, typer.Option(help="open, redriving, redriven, discarded or all.")] = "open",
    as_json: Json = False,
) -> None:
    """List dead letters, in the order of topic, partition and offset."""
    found = await list_letters(find_system(options), Filter(service, reason, type, key, line), status)
    if as_json:
        print_json(found)
        return
    columns = ("id", "reason", "message", "#attempts", "key", "#applied since")
    print_table(columns, [(x["id"], x["reason"], x["message"], x["attempts"], x["key"], x["applied_since"]) for x in found])
    if not found:
        say("There are none.")


async def show(options: Options, id: Annotated[str, typer.Argument(help="The dead letter's id.")], as_json: Json = False) -> None:
    """Show one dead letter, with its headers and its value."""
    found = await show_letter(find_system(options), id)
    if as_json:
        print_json(found)
        return
    print_table(("field", "content"), [(name, value) for name, value in found.items() if name != "headers"])
    print_table(("header", "content"), found["headers"])


async def redrive(
    options: Options,
    ids: Ids = None,
    service: Service = None,
    reason: Reason = None,
    type: Type = None,
    key: Key = None,
    line: Line = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Try dead letters again: by id, by filter, or --all of them, in their original order."""
    chosen = Filter(service, reason, type, key, line)
    answers = await change(find_system(options), "redrive", _selection(ids, chosen, everything), chosen.services(), dry_run)
    _tell(answers, "redriven", dry_run, as_json)


async def discard(
    options: Options,
    ids: Ids = None,
    service: Service = None,
    reason: Reason = None,
    type: Type = None,
    key: Key = None,
    line: Line = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give dead letters up; they stay on record, with who said so."""
    chosen = Filter(service, reason, type, key, line)
    answers = await change(find_system(options), "discard", _selection(ids, chosen, everything), chosen.services(), dry_run)
    _tell(answers, "discarded", dry_run, as_json)


def _selection(ids: Sequence[str] | None, chosen: Filter, everything: bool) -> dict[str, Any]:
    """What is asked of the services. Raises: OpsError."""
    narrowed = chosen.narrowing()
    if ids:
        if narrowed or everything:
            raise OpsError("Give ids, or filters, or --all; not two of them.")
        return {"ids": list(ids)}
    if not narrowed and not everything:
        raise OpsError("Say which: ids, or a filter (--reason, --type, --key, --line), or --all.")
    return narrowed or {"everything": True}


def _tell(answers: dict[str, dict[str, Any]], done: str, dry_run: bool, as_json: bool) -> None:
    total = {"matched": sum(a["matched"] for a in answers.values()), done: sum(a[done] for a in answers.values())}
    if done == "redriven":
        total |= {"ids": [id for a in answers.values() for id in a["ids"]]}
        total |= {"applied_since": {id: n for a in answers.values() for id, n in a["applied_since"].items()}}
    if as_json:
        print_json(total)
        return
    if dry_run and done == "redriven":
        since: dict[str, Any] = total["applied_since"]
        print_table(("id", "#applied since"), [(id, since.get(id)) for id in total["ids"]])
    say(f"{total['matched']} would be {done}." if dry_run else f"{total[done]} of {total['matched']} {done}.")


for _name, _run in (("list", list_), ("show", show), ("redrive", redrive), ("discard", discard)):
    app.command(_name)(command(_run))
