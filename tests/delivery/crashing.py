"""Runs a service that breaks at a named point, for tests only: `python -m tests.delivery.crashing services.deals POINT[=VALUE] …`."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from chassis import commit, relay, run, sending, timers, workspace
from chassis.line import Line
from chassis.service import Service

Point = Callable[[Service, str], Service]


def die(*_: Any) -> NoReturn:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def after_commit(service: Service, value: str) -> Service:
    """Die when the first batch is committed, before anything else is done about it, Kafka's offset included."""
    original = commit.Committer.batch

    async def batch(self: commit.Committer, work: commit.Work) -> Any:
        await original(self, work)
        die()

    commit.Committer.batch = batch  # type: ignore[method-assign]
    return service


def before_commit(service: Service, value: str) -> Service:
    """Die when everything of the first batch is written and nothing is committed."""
    original = workspace.Workspace.write

    async def write(self: workspace.Workspace, session: Any) -> None:
        await original(self, session)
        die()

    workspace.Workspace.write = write  # type: ignore[method-assign]
    return service


def before_publish(service: Service, value: str) -> Service:
    """Die when the first records are about to be sent."""
    sending.Sender.send = die  # type: ignore[assignment,method-assign]
    return service


def after_publish(service: Service, value: str) -> Service:
    """Die when the broker has acknowledged the first records, before the outbox is told."""
    relay.Relay._settle = die  # type: ignore[assignment,method-assign]
    return service


def in_decider(service: Service, value: str) -> Service:
    """Die whenever a decider gets a message whose key ends with `value`."""
    return _wrapped(service, value, die)


def decider_raises(service: Service, value: str) -> Service:
    """Raise whenever a decider gets a message whose key ends with `value`."""

    def broken(*_: Any) -> NoReturn:
        raise RuntimeError("this decider is broken on purpose")

    return _wrapped(service, value, broken)


def newer_schema(service: Service, value: str) -> Service:
    """A later build: every aggregate has schema version 2, and a lift from version 1."""
    for line in service.lines:
        if line.aggregate:
            object.__setattr__(line.aggregate, "schema", 2)
            object.__setattr__(line.aggregate, "lifts", {1: dict})
    return service


def hold_relay(service: Service, value: str) -> Service:
    """Publish nothing until the file `value` exists."""
    original = relay.Relay._publish

    async def publish(self: relay.Relay) -> bool:
        return await asyncio.to_thread(Path(value).exists) and await original(self)

    relay.Relay._publish = publish  # type: ignore[method-assign]
    return service


def hold_commit(service: Service, value: str) -> Service:
    """Begin no transaction of a batch while the file `value` exists; `value`.held says of the first that waits where its fences stand."""
    original = commit.Committer.batch

    async def batch(self: commit.Committer, work: commit.Work) -> Any:
        parts = [lane.parts[taken.record.topic] for lane, some in work for taken in some]
        await asyncio.to_thread(_await_gone, Path(value), {part.fence: part.next for part in parts})
        return await original(self, work)

    commit.Committer.batch = batch  # type: ignore[method-assign]
    return service


def _await_gone(file: Path, fences: dict[str, int]) -> None:
    held = file.with_name(f"{file.name}.held")
    if file.exists() and not held.exists():
        fresh = held.with_suffix(".new")
        fresh.write_text(json.dumps(fences))
        fresh.replace(held)
    while file.exists():
        time.sleep(0.02)


def clock(service: Service, value: str) -> Service:
    """A clock that is `value` seconds ahead, where outbox positions are taken."""
    ahead = int(float(value) * 1e9)

    class Ahead:
        def __getattr__(self, name: str) -> Any:
            return getattr(time, name)

        def time_ns(self) -> int:
            return time.time_ns() + ahead

    for module in (workspace, timers):
        vars(module)["time"] = Ahead()
    return service


def _wrapped(service: Service, value: str, instead: Callable[..., Any]) -> Service:
    def wrap(line: Line) -> Line:
        def decide(state: Any, message: Any, context: Any) -> Any:
            return instead() if message.key.endswith(value) else line.decide(state, message, context)

        return replace(line, decide=decide)

    return replace(service, lines=tuple(wrap(line) for line in service.lines))


POINTS: dict[str, Point] = {
    point.__name__.replace("_", "-"): point
    for point in (
        after_commit,
        before_commit,
        before_publish,
        after_publish,
        in_decider,
        decider_raises,
        newer_schema,
        hold_relay,
        hold_commit,
        clock,
    )
}


def main(package: str, points: list[str]) -> None:
    """Run the service of a package with these points built in."""
    service: Service = import_module(f"{package}.app").SERVICE
    for point in points:
        name, _, value = point.partition("=")
        service = POINTS[name](service, value)
    run.run(service)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
