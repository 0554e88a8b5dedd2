"""Starting a home's system in the foreground or detached, and waiting until its services are ready; stopping it."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ops.errors import OpsError
from ops.home import Home
from ops.processes import Process
from ops.readiness import LOOK, conditions
from ops.supervisor import PATIENCE as STOPPING
from ops.supervisor import Supervisor, last_words

STARTING = 240.0
"""Seconds that a first start may take, jars fetched included."""
TOO_OFTEN, REFUSED = 3, 2
"""Ends of one service during the start that count as a failure; and the exit code of one that will not run under its settings or policy."""


async def await_ready(home: Home, alive: Callable[[], bool], patience: float = STARTING) -> None:
    """Return when every service of the home is ready.

    Raises:
        OpsError: the supervisor ended, a service keeps ending, or it takes longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        record = home.record()
        services = (record or {}).get("services", {})
        if services:
            found = await conditions({name: entry["url"] for name, entry in services.items()})
            if all(condition.ready for condition in found.values()):
                return
            if failing := [name for name, entry in services.items() if _hopeless(entry) and not found[name].live]:
                raise OpsError(f"The service {failing[0]} does not start: {last_words(home.logs / f'{failing[0]}.log')}")
        if not alive():
            raise OpsError(last_words(home.logs / "supervisor.log"))
        if time.monotonic() > deadline:
            waiting = {n: c.reasons for n, c in found.items() if not c.ready} if services else {"stack": ("it is still starting",)}
            name, reasons = next(iter(waiting.items()))
            raise OpsError(f"Not ready after {patience:.0f} s: {name}: {'; '.join(reasons)}")
        await asyncio.sleep(LOOK)


def _hopeless(entry: Mapping[str, Any]) -> bool:
    return bool(entry["ended"] >= TOO_OFTEN or entry.get("code") == REFUSED)


async def start_detached(home: Home, policies: Path | None) -> None:
    """Start the home's supervisor in a session of its own, and return when all is ready; stop it again where it fails.

    Raises:
        OpsError: it did not start; the sentence is the supervisor's or the service's own.
    """
    home.make()
    command = [sys.executable, "-m", "ops.supervisor", "--home", str(home.path)]
    if policies:
        command += ["--policies", str(policies)]
    with (home.logs / "supervisor.log").open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: ASYNC220
    try:
        await await_ready(home, lambda: child.poll() is None)
    except BaseException:
        Process.of(child.pid).send(signal.SIGTERM)
        await asyncio.to_thread(child.wait)
        raise


async def run_here(home: Home, policies: Mapping[str, Path], ready: Callable[[], None]) -> None:
    """Run the system in this process until SIGTERM or SIGINT; `ready` is called once, when all services are.

    Raises:
        OpsError: it did not start.
    """
    with home.held():
        home.forget_record()
        supervisor = Supervisor(home, policies)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, supervisor.stop)
        running = asyncio.create_task(supervisor.run())
        waiting = asyncio.create_task(await_ready(home, lambda: True))
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
            ready()
        elif waiting.done():
            supervisor.stop()
        waiting.cancel()
        await running
        if waiting.done() and not waiting.cancelled():
            waiting.result()


def stop(home: Home) -> bool:
    """Stop what the home's record says is ours, and nothing else; returns whether anything ran."""
    record = home.record()
    supervisor = Process.read(record["supervisor"]) if record else None
    if supervisor:
        supervisor.stop(2 * STOPPING + 10)
    left = [process for entry in (record or {}).get("services", {}).values() if (process := Process.read(entry.get("process")))]
    for process in left:
        process.stop(STOPPING)
    if record:
        home.forget_record()
    return bool(supervisor or left)


async def restart(home: Home, service: str) -> None:
    """End one service, and return when the supervisor has started it again and it is ready.

    Raises:
        OpsError: no such service runs here, or it does not become ready.
    """
    record = home.record() or {}
    entry = record.get("services", {}).get(service)
    if entry is None or not home.runs:
        raise OpsError(f"No service {service!r} runs in {home.path}.")
    if process := Process.read(entry.get("process")):
        await asyncio.to_thread(process.stop, STOPPING)
    began = time.monotonic()
    while (home.record() or {}).get("services", {}).get(service, {}).get("process") in (None, entry.get("process")):
        if not home.runs or time.monotonic() - began > STARTING:
            raise OpsError(f"The service {service} was not started again.")
        await asyncio.sleep(LOOK)
    await await_ready(home, lambda: home.runs)
