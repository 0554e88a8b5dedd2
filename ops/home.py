"""A home: the folder that keeps one system's data, ports, pids, keys and logs apart from another's."""

import fcntl
import json
import os
import random
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ops.errors import OpsError, sentence
from stack.ports import claim, is_free

DEFAULT = Path(".baton")
HOST = "127.0.0.1"
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
"""Below the range that Linux takes for outgoing connections, where a client can end up connected to itself."""


class Home:
    """The folder and what is in it. Nothing is made before it is needed."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.stack, self.logs = self.path / "stack", self.path / "logs"
        self._record, self._keys, self._ports = self.path / "system.json", self.path / "keys.json", self.path / "ports.json"
        self._claims: dict[int, socket.socket] = {}

    def make(self) -> None:
        """Make the folder.

        Raises:
            OpsError: it cannot be made.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OpsError(f"The folder {self.path} cannot be made: {error.strerror}.") from None

    # ---- who runs here ----------------------------------------------------------------------------------------

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the home for the length of the block; the lock ends with the process, however it ends.

        Raises:
            OpsError: a system runs here already.
        """
        self.make()
        with (self.path / "lock").open("w") as lock:
            if not _locked(lock):
                raise OpsError(f"A system runs in {self.path} already.")
            yield

    @property
    def runs(self) -> bool:
        """Whether somebody holds the home."""
        try:
            with (self.path / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def record(self) -> dict[str, Any] | None:
        """What the running system wrote down of itself: addresses, pids, urls; None where nothing was."""
        found: dict[str, Any] | None = self._read(self._record)
        return found

    def write_record(self, record: dict[str, Any]) -> None:
        """Write down what runs, in one step, so that no reader sees half of it."""
        self._write(self._record, record)

    def forget_record(self) -> None:
        """The system has ended."""
        self._record.unlink(missing_ok=True)

    # ---- what lasts -------------------------------------------------------------------------------------------

    def keys(self) -> dict[str, str]:
        """The system's secrets, made at its first start: `jwt` of bearer tokens, `link` of links in surveys."""
        known = self._read(self._keys)
        if known is None:
            known = {"jwt": secrets.token_urlsafe(48), "link": secrets.token_urlsafe(48)}
            self._write(self._keys, known)
        return {str(name): str(key) for name, key in known.items()}

    def known_keys(self) -> dict[str, str]:
        """The secrets, if there are any yet."""
        return self._read(self._keys) or {}

    def port(self, name: str) -> int:
        """A port for that name: the one it had before when it is free, else a new one. As long as this object lives no other home gets
        it, even while nobody listens on it.

        Raises:
            OpsError: no port is free.
        """
        known = self._read(self._ports) or {}
        if name not in known or not (is_free(known[name]) and self._claimed(known[name])):
            known[name] = self._free_port(set(known.values()))
            self._write(self._ports, known)
        return int(known[name])

    def _free_port(self, taken: set[int]) -> int:
        for _ in range(200):
            port = random.randint(LOWEST_PORT, HIGHEST_PORT)
            if port not in taken and is_free(port) and self._claimed(port):
                return port
        raise OpsError(f"No port of {HOST} between {LOWEST_PORT} and {HIGHEST_PORT} is free.")

    def _claimed(self, port: int) -> bool:
        """Whether the port is ours, by claims that the embedded stack heeds too."""
        if port not in self._claims and (claimed := claim(port)):
            self._claims[port] = claimed
        return port in self._claims

    def _read(self, file: Path) -> Any:
        try:
            return json.loads(file.read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise OpsError(f"{file} cannot be read: {sentence(error)}.") from None

    def _write(self, file: Path, content: Any) -> None:
        draft = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(content, out, indent=2)
        draft.replace(file)


def _locked(lock: TextIO) -> bool:
    """Whether the lock was got; whoever only looks whether it is held, holds it for a moment, hence the second chance."""
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False
