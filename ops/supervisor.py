"""The supervisor of a home: starts the stack, the bootstrap step and the services, restarts a service that ends, stops all in order."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.environment import audience, common_environment, policies_in, prefix, service_environment
from ops.errors import OpsError
from ops.home import HOST, Home
from ops.processes import Process, end_with_parent
from ops.system import NAMES

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
"""Seconds before a service that ended is started again; doubled each time until it has lived for `STEADY` seconds."""
STEADY = 30.0
PATIENCE = 45.0
"""Seconds that services have to finish what they do when all is stopped."""


class Supervisor:
    """Runs one system for as long as `run` does."""

    def __init__(self, home: Home, policies: Mapping[str, Path], quiet: bool = False) -> None:
        self._home, self._policies, self._quiet = home, policies, quiet
        self._record: dict[str, Any] = {"supervisor": Process.of(os.getpid()).record(), "prefix": prefix(), "audience": audience()}
        self._record |= {"addresses": None, "services": {}}
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run`, from a signal handler for instance."""
        self._stopping.set()

    async def run(self) -> None:
        """Start everything, keep it running until `stop`, stop everything.

        Raises:
            OpsError: the stack or the bootstrap step failed.
        """
        try:
            common = await self._ground()
            keepers = [asyncio.create_task(self._keep(name, common), name=name) for name in NAMES]
            stopping = asyncio.create_task(self._stopping.wait(), name="stopping")
            done, _ = await asyncio.wait([stopping, *keepers], return_when=asyncio.FIRST_COMPLETED)
            for task in (stopping, *keepers):
                task.cancel()
            await asyncio.gather(stopping, *keepers, return_exceptions=True)
            for task in done - {stopping}:
                task.result()
        finally:
            await self._end_all()
            self._home.forget_record()

    # ---- what the services stand on ---------------------------------------------------------------------------

    async def _ground(self) -> dict[str, str]:
        stack = await self._spawn(
            "stack", ["stack", "--home", str(self._home.stack), "--with-pid", str(os.getpid())], dict(os.environ), True
        )
        assert stack.stdout is not None
        line = await stack.stdout.readline()
        if not line:
            await stack.wait()
            raise OpsError(f"The stack did not start: {last_words(self._home.logs / 'stack.log')}")
        self._record["addresses"] = json.loads(line)
        common = common_environment(self._record["addresses"], self._home.keys())
        bootstrap = await self._spawn("bootstrap", ["ops.bootstrap", *NAMES], common)
        if await bootstrap.wait():
            raise OpsError(last_words(self._home.logs / "bootstrap.log"))
        for name in NAMES:
            self._record["services"][name] = {"url": f"http://{HOST}:{self._home.port(name)}", "process": None, "ended": 0}
        self._home.write_record(self._record)
        return common

    async def _spawn(
        self, name: str, module: Sequence[str], environment: Mapping[str, str], piped: bool = False
    ) -> asyncio.subprocess.Process:
        with (self._home.logs / f"{name}.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *module),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else log,
                stderr=log,
                env=dict(environment),
                preexec_fn=end_with_parent,
                process_group=0,  # ^C at the terminal reaches the supervisor alone, which then stops them in order
            )
        self._children[name] = child
        return child

    # ---- the services -----------------------------------------------------------------------------------------

    async def _keep(self, name: str, common: Mapping[str, str]) -> None:
        """Run a service, and run it again when it ends."""
        entry = self._record["services"][name]
        environment, pause = service_environment(common, entry["url"], self._policies.get(name)), FIRST_PAUSE
        while True:
            started = time.monotonic()
            child = await self._spawn(name, [f"services.{name}"], environment)
            entry["process"] = Process.of(child.pid).record()
            self._home.write_record(self._record)
            code = await child.wait()
            entry |= {"process": None, "ended": entry["ended"] + 1, "code": code}
            self._home.write_record(self._record)
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY else min(LONGEST_PAUSE, pause * 2)
            if not self._quiet:
                print(f"{name} ended with {code}; started again in {pause:.1f} s", flush=True)
            await asyncio.sleep(pause)

    async def _end_all(self) -> None:
        stack = self._children.pop("stack", None)
        await asyncio.gather(*(_end(child, PATIENCE) for child in self._children.values()))
        if stack:
            await _end(stack, PATIENCE)


async def _end(child: asyncio.subprocess.Process, patience: float) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), patience)
    except TimeoutError:
        child.kill()
        await child.wait()


def last_words(log: Path, tail: int = 20_000) -> str:
    """The last line of a log, or what its JSON says happened; for the sentence that tells an operator what went wrong."""
    try:
        content = log.read_bytes()[-tail:].decode(errors="replace")
    except OSError:
        return f"see {log}"
    line = next((line for line in reversed(content.splitlines()) if line.strip()), f"see {log}")
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    return " ".join(str(entry[part]) for part in ("event", "why", "error") if entry.get(part)) if isinstance(entry, dict) else line


async def supervise(home: Home, policies: Mapping[str, Path]) -> None:
    """Run the system of a home until SIGTERM or SIGINT.

    Raises:
        OpsError: a system runs there already, or it cannot be started.
    """
    with home.held():
        supervisor = Supervisor(home, policies)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, supervisor.stop)
        await supervisor.run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and supervise. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.supervisor", description="Runs the system of a home until it is told to stop.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--policies", type=Path)
    given = parser.parse_args(arguments)
    try:
        asyncio.run(supervise(Home(given.home), policies_in(given.policies)))
    except OpsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
