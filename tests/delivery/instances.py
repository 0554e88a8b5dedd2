"""Instances of services as real processes: started, asked over HTTP, frozen, killed, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from chassis.tokens import issue
from tests.delivery.waiting import PATIENCE, eventually

KEY = "the conformance suite's key of bearer tokens"
Json = dict[str, Any]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Instance:
    """One process of a service. `log`: the file of its standard error."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    frozen: bool = field(default=False)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(verify=False, trust_env=False, timeout=30), repr=False)

    @classmethod
    def start(cls, arguments: list[str], environment: dict[str, str], folder: Path) -> "Instance":
        """Start `python -m …`; returns at once."""
        port = free_port()
        log = folder / f"{arguments[-1].rsplit('/', 1)[-1][:40]}-{port}.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        env = {**kept, "BATON_HTTP_PORT": str(port), "BATON_JWT_KEY": KEY, **environment}
        with log.open("wb") as stderr:
            process = subprocess.Popen([sys.executable, "-m", *arguments], env=env, stdin=subprocess.DEVNULL, stderr=stderr)
        return cls(process, port, log)

    # ---- its life ---------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the process exists."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait until it has drained."""
        if self.running:
            self.wake()
            self.process.terminate()
            assert self.process.wait(40) in (0, -signal.SIGTERM), self.last_words()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does; its connections stay open."""
        self.process.send_signal(signal.SIGSTOP)
        self.frozen = True

    def wake(self) -> None:
        """Let a frozen one go on as if nothing had happened."""
        if self.frozen:
            self.process.send_signal(signal.SIGCONT)
            self.frozen = False

    def await_death(self) -> None:
        """Wait until it has killed itself at its crash point."""
        eventually(lambda: not self.running, "the instance reaches its crash point", told=self.last_words)
        assert self.process.returncode == -signal.SIGKILL, self.last_words()

    # ---- what it says -----------------------------------------------------------------------------------------

    def await_ready(self) -> "Instance":
        """Wait until its readiness says yes."""
        eventually(lambda: not self.unready(), f"the instance on {self.port} is ready", PATIENCE, self.last_words)
        return self

    def unready(self) -> list[str]:
        """Why it is not ready; empty if it is."""
        assert self.running, self.last_words()
        try:
            reasons: list[str] = self.client.get(f"{self.url}/health/ready", timeout=5).json()["reasons"]
        except httpx.TransportError as error:
            return [repr(error)]
        return reasons

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Json | None = None, *roles: str, who: str = "colleague-3", key: str = "") -> httpx.Response:
        """A request with the token of `who`, an operator if no roles are given. `key`: its idempotency key."""
        token = issue(KEY, who, list(roles) or ["operator"], "baton", timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
        return self.client.request(method, self.url + path, json=body, headers=headers)

    def delivery(self) -> Json:
        """What still waits there."""
        answer: Json = self.ask("GET", "/delivery").raise_for_status().json()
        return answer

    def says(self, text: str) -> bool:
        """Whether its log has the text."""
        return text in self.log.read_text(errors="replace")

    def last_words(self) -> str:
        """The end of its log."""
        return f"log of {self.log.name}: …{self.log.read_text(errors='replace')[-3000:]}"


def end_all(instances: list[Instance]) -> None:
    """Ask all to end at once; kill those that do not."""
    for instance in instances:
        if instance.running:
            instance.wake()
            instance.process.terminate()
    deadline = time.monotonic() + 10
    for instance in instances:
        try:
            instance.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            instance.kill()
