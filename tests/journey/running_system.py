"""A whole system, brought up as an operator does, and driven from outside through its public interfaces only."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from chassis.tokens import issue

ROOT = Path(__file__).parents[2]
BATON = [sys.executable, "-m", "ops"]
T = TypeVar("T")


class RunningSystem:
    """What `baton up` started in a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.urls: dict[str, str] = {}
        self.mail = ""
        self._key = ""
        self._tokens: dict[tuple[str, ...], str] = {}
        self._http = httpx.Client(timeout=30, trust_env=False, verify=False)  # one for all: each new one reads every certificate anew

    def baton(self, *words: str, fails: bool = False, seconds: float = 300) -> str:
        """What a `baton` command printed; it must end well, or badly where it should."""
        done = subprocess.run(
            [*BATON, "--home", str(self.home), *words], cwd=ROOT, capture_output=True, text=True, timeout=seconds, env=environment()
        )
        assert (done.returncode != 0) is fails, f"baton {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout if not fails else done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """The answer of a reading command."""
        return json.loads(self.baton(*words, "--json"))

    def up(self, policies: Path) -> None:
        """Start it and learn where it answers."""
        self.baton("up", "--detach", "--policies", str(policies))
        status = self.json("status")
        self.urls = {name: service["url"] for name, service in status["services"].items()}
        self._key = json.loads((self.home / "keys.json").read_text())["jwt"]
        self.mail = json.loads((self.home / "stack" / "stack.json").read_text())["mail"]

    def ask(
        self, method: str, service: str, path: str, who: str = "op", roles: tuple[str, ...] = ("operator",), **more: Any
    ) -> httpx.Response:
        """A request as somebody with these roles."""
        token = self._tokens.get((who, *roles))
        if token is None:
            token = self._tokens[who, *roles] = issue(self._key, who, list(roles), "baton", timedelta(hours=1))
        return self._http.request(method, self.urls[service] + path, headers={"Authorization": f"Bearer {token}"}, **more)

    def do(self, method: str, service: str, path: str, body: Any = None, who: str = "op", roles: tuple[str, ...] = ("operator",)) -> Any:
        """A request that must be taken."""
        answer = self.ask(method, service, path, who, roles, json=body if body is not None else {})
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def mails(self, to: str) -> list[dict[str, Any]]:
        """What the mail catcher has for an address."""
        return list(self._http.get(f"{self.mail}/messages", params={"to": to, "limit": 500}).json())

    def settle(self) -> None:
        """Wait until every lag and outbox is empty."""
        self.baton("wait", "--settled", "--timeout", "120")


def eventually(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """What a look brings, once it brings something; fails after the deadline."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"after {seconds:.0f} s: {what}")


def policies(folder: Path, **changes: Callable[[Any], None]) -> Path:
    """A folder with the services' own policies, changed: `feedback=shorten`."""
    folder.mkdir(parents=True, exist_ok=True)
    for service, change in changes.items():
        policy = yaml.safe_load((ROOT / "services" / service / "policy.yaml").read_text())
        change(policy)
        (folder / f"{service}.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    return folder


def in_home(home: Path, chosen: Path) -> Iterator[RunningSystem]:
    """The system for as long as a fixture lives; stopped at its end whatever happened."""
    system = RunningSystem(home)
    try:
        system.up(chosen)
        yield system
    finally:
        system.baton("down")


def environment() -> dict[str, str]:
    """The environment of a `baton` command: nothing of an outer system reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BATON_") or name == "BATON_CACHE"}
    return {**kept, "COLUMNS": "200"}
