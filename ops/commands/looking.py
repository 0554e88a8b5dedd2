"""`status`, `wait`, `topics`, `lag` and `journey`: what a system does, and what it did."""

from typing import Annotated

import typer

from ops import lag as lagging
from ops.asking import asking
from ops.errors import OpsError
from ops.journey import journey_of
from ops.journey.picture import picture
from ops.log import database
from ops.options import Json, command, group
from ops.output import console, noise, print_json, print_table, say, span
from ops.status import status as read_status
from ops.status import wait_settled
from ops.system import NAMES, Options, find_system
from ops.topics import read_topics

topics = typer.Typer(help="The topics on the broker, and the groups that read them.")


async def status(options: Options, as_json: Json = False) -> None:
    """Show where everything answers, whether it is ready, and whether anything is under way."""
    found = await read_status(find_system(options))
    if as_json:
        print_json(found)
        return
    services = found["services"]
    rows = [(name, s["pid"], s["url"], "yes" if s["live"] else "no", "yes" if s["ready"] else "no") for name, s in services.items()]
    print_table(("service", "#pid", "url", "live", "ready"), rows)
    console.print(f"\nkafka   {found['kafka']}\nmongo   {found['mongo']}", markup=False)
    messages, seconds = found["lag"]["messages"], found["lag"]["seconds"]
    behind = "unknown: the broker or the database does not answer" if messages is None else f"{messages:,} messages, {span(seconds)}"
    console.print(f"lag     {behind}\noutbox  {found['outbox']}\nsettled {'yes' if found['settled'] else 'no'}", markup=False)


async def wait(
    options: Options,
    settled: Annotated[bool, typer.Option("--settled", help="Until every lag and outbox is empty, and no timer is due.")] = False,
    patience: Annotated[float, typer.Option("--timeout", min=0, help="Seconds after which to give up, with exit code 1.")] = 300.0,
) -> None:
    """Wait until the system has nothing left to do. Timers that are not due yet do not count."""
    if not settled:
        raise OpsError("Say what to wait for: --settled.")
    system = find_system(options)
    with noise.status("waiting until everything has settled") as spinner:
        await wait_settled(system, patience, lambda awaited: spinner.update(awaited))
    say("Settled.")


async def lag(options: Options, as_json: Json = False) -> None:
    """Show what each consumer group has not yet taken of each topic: messages, and the age of the oldest."""
    system = find_system(options)
    async with database(system) as client:
        found = (await lagging.read_lag(client, system)).lags
    if as_json:
        print_json([line.shape() for line in found])
        return
    print_table(
        ("topic", "group", "#partitions", "#messages", "#seconds"),
        [(line.topic, line.group, line.partitions, f"{line.messages:,}", f"{line.seconds:.1f}") for line in found],
    )


async def list_topics(options: Options, as_json: Json = False) -> None:
    """List the topics, a line for each group that reads one."""
    system = find_system(options)
    async with database(system) as client:
        found = await read_topics(client, system)
    if as_json:
        print_json([line.shape() for line in found])
        return
    kept = {line.topic: "compacted" if line.compacted else f"{line.retention_days:g} days" for line in found}
    print_table(
        ("topic", "read by", "#partitions", "#records", "kept"),
        [(line.topic, line.group, line.partitions, f"{line.records:,}", kept[line.topic]) for line in found],
    )


async def adopt(
    options: Options,
    service: Annotated[str, typer.Argument(help=f"The service that stopped reading: {', '.join(NAMES)}.")],
    topic: Annotated[str, typer.Argument(help="The topic's name on the broker.")],
    partition: Annotated[int, typer.Argument(min=0, help="The partition that is stopped.")],
    place: Annotated[str, typer.Option("--from", help="Where to go on: beginning or end of the log as it is now.")] = "beginning",
) -> None:
    """Take a log for the right one after a partition stopped, because its topic was recreated or restored.

    From the beginning nothing happens twice: the service remembers the ids that it has seen.
    """
    if place not in ("beginning", "end"):
        raise OpsError("--from: beginning or end.")
    async with asking(find_system(options), service) as there:
        done = await there.send("POST", "/partitions/adopt", {"topic": topic, "partition": partition, "place": place})
    say(f"{topic} partition {partition}: {service} goes on at {done['next']}; it stood at {done['was']}.")


async def journey(
    options: Options,
    key: Annotated[str, typer.Argument(help="The deal's id.")],
    as_json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="Only messages keyed by the deal: reads one partition of each topic.")] = False,
) -> None:
    """Show everything that happened to one deal, across all topics and services, in causal order."""
    found = await journey_of(find_system(options), key, quick)
    if as_json:
        print_json([entry.shape() for entry in found])
        return
    if not found:
        raise OpsError(f"No topic has a message about {key!r}.")
    console.print(picture(found))


topics.callback(invoke_without_command=True)(group(list_topics))
topics.command("adopt")(command(adopt))
