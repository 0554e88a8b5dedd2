"""The Compose file as a test uses it: under a project name and ports of its own, brought up for a module and taken down."""

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from stack.ports import Ports

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("deals", "onboarding", "notifications", "feedback")
_UP_SECONDS = 600
T = TypeVar("T")


@dataclass(frozen=True)
class System:
    """A running Compose project: the services' and the mail catcher's base URLs, Kafka's address, the key of tokens."""

    urls: dict[str, str]
    kafka: str
    jwt_key: str

    def client(self, service: str, token: str) -> httpx.Client:
        """A client of one service, or of `mail`, that shows the token; the caller closes it."""
        return httpx.Client(base_url=self.urls[service], headers={"authorization": f"Bearer {token}"}, timeout=30)


@contextmanager
def composed(folder: Path) -> Iterator[System]:
    """Build and start every container, and remove them and their volumes in the end, with their logs shown after a failure."""
    project = f"baton-test-{secrets.token_hex(4)}"
    ports = Ports(folder)
    numbers = {name: ports.take(name) for name in ("kafka", "mongo", "mail", *SERVICES)}
    jwt_key, link_key = secrets.token_hex(32), secrets.token_hex(32)
    env = {
        **os.environ,
        **{f"{name.upper()}_PORT": str(port) for name, port in numbers.items()},
        "BATON_JWT_KEY": jwt_key,
        "BATON_LINK_KEY": link_key,
        "BATON_PUBLIC_URL": f"http://127.0.0.1:{numbers['feedback']}",
    }

    def compose(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "compose", "--project-name", project, *words]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=_UP_SECONDS)

    try:
        up = compose("up", "--detach", "--build", "--wait")
        assert up.returncode == 0, up.stderr + compose("logs", "--tail", "30").stdout
        yield System({name: f"http://127.0.0.1:{numbers[name]}" for name in ("mail", *SERVICES)}, f"127.0.0.1:{numbers['kafka']}", jwt_key)
    except BaseException:
        print(compose("logs", "--tail", "30").stdout)
        raise
    finally:
        compose("down", "--volumes", "--remove-orphans")


def eventually(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """What `look()` returns once it is something; fails after `seconds`, naming what was awaited."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} seconds"
        time.sleep(0.1)
    return found
