"""`up`, `down`, `restart` and `token`: the life of a system that is kept in a home."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from chassis.policy import parse_duration
from ops.environment import policies_in
from ops.errors import OpsError
from ops.home import Home
from ops.output import noise, print_table, say
from ops.readiness import conditions
from ops.starting import await_ready, run_here, start_detached, stop
from ops.starting import restart as restart_service
from ops.system import NAMES, Options, find_system

SHORTEST_KEY = 32


async def up(
    options: Options,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave it running, and return when it is ready.")] = False,
    policies: Annotated[
        Path | None, typer.Option("--policies", help="Folder of policy files: deals.yaml takes the place of deals' own.")
    ] = None,
) -> None:
    """Start Kafka, MongoDB, a mail catcher and the four services, and wait until they are ready.

    A service that ends is started again. Without --detach all of it is stopped by Ctrl-C. Run again on a system that runs, it waits
    until every service is ready and says so.
    """
    home = options.the_home
    chosen = policies_in(policies)
    if home.runs:
        with noise.status("waiting until every service is ready"):
            await await_ready(home, lambda: home.runs)
        say(f"A system runs in {home.path} already, and is ready.")
        return
    if stop(home):
        say("Stopped what an earlier system had left running.")
    if detach:
        with noise.status("starting Kafka, MongoDB and the services"):
            await start_detached(home, policies.absolute() if policies else None)
        await _announce(home)
        return
    spinner = noise.status("starting Kafka, MongoDB and the services")
    spinner.start()
    try:
        await run_here(home, chosen, lambda: _ready_here(home, spinner.stop))
    finally:
        spinner.stop()
    say("Stopped.")


def _ready_here(home: Home, stop_spinner: object) -> None:
    assert callable(stop_spinner)
    stop_spinner()
    _table(home, "ready")
    say("Ctrl-C stops it.")


async def _announce(home: Home) -> None:
    record = home.record() or {}
    found = await conditions({name: entry["url"] for name, entry in record.get("services", {}).items()})
    _table(home, "ready" if all(condition.ready for condition in found.values()) else "not ready")


def _table(home: Home, condition: str) -> None:
    record = home.record() or {}
    addresses = record.get("addresses", {})
    rows = [(name, entry["url"]) for name, entry in record.get("services", {}).items()]
    rows += [("kafka", addresses.get("kafka")), ("mongo", addresses.get("mongo")), ("mail", addresses.get("mail"))]
    print_table(("part", "address"), rows, f"The system in {home.path} is {condition}.")


async def down(options: Options) -> None:
    """Stop the system of the home. Only processes that it started are stopped."""
    home = options.the_home
    with noise.status("stopping"):
        ran = await asyncio.to_thread(stop, home)
    say("Stopped." if ran else f"Nothing runs in {home.path}.")


async def restart(
    options: Options,
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")],
) -> None:
    """Restart one service of a system that runs, and wait until it is ready."""
    with noise.status(f"restarting {service}"):
        await restart_service(options.the_home, service)
    say(f"{service} was restarted and is ready.")


def token(
    options: Options,
    subject: Annotated[str, typer.Option(help="Whom the token speaks for: a person's id.")] = "operator",
    roles: Annotated[str, typer.Option(help="Their roles, separated by commas.")] = "operator",
    ttl: Annotated[str, typer.Option(help="How long it is good: 30m, 12h, 7d.")] = "12h",
) -> None:
    """Print a development token for the services' HTTP interfaces.

    It is signed with the key of the home, or with BATON_JWT_KEY.
    """
    try:
        lives = parse_duration(ttl)
    except ValueError as error:
        raise OpsError(f"--ttl: {error}") from None
    assert isinstance(lives, timedelta)
    named = tuple(role.strip() for role in roles.split(",") if role.strip())
    system = find_system(options)
    if not system.key or len(system.key) < SHORTEST_KEY:
        raise OpsError(f"BATON_JWT_KEY must be set, {SHORTEST_KEY} characters or more, to issue a token.")
    print(system.bearer(subject, named, lives))
