"""Ports on 127.0.0.1 that a folder remembers, so that a restart is found where its predecessor was."""

import json
import random
import socket
from pathlib import Path

from stack.errors import StackError

HOST = "127.0.0.1"

# Below the range that Linux takes for outgoing connections: a client that keeps trying a port inside that range, while
# its server is down, can end up connected to itself.
_LOWEST, _HIGHEST = 20_000, 32_000


class Ports:
    """The ports of one home, kept in `ports.json` under the names they were asked by.

    As long as this object lives, no other process that asks here gets one of its new ports, even while nobody listens on it.
    """

    def __init__(self, folder: Path) -> None:
        self._claims: list[socket.socket] = []
        self._file = folder / "ports.json"
        self._known: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def take(self, name: str) -> int:
        """The port of that name: the remembered one when it is free, else a new one.

        Raises StackError when no free port is found.
        """
        remembered = self._known.get(name)
        port = remembered if remembered is not None and is_free(remembered) else self._unused()
        if port != remembered:
            self._known[name] = port
            self._file.write_text(json.dumps(self._known, indent=2) + "\n")
        return port

    def _unused(self) -> int:
        for _ in range(200):
            port = random.randint(_LOWEST, _HIGHEST)
            if port not in self._known.values() and is_free(port) and (claimed := claim(port)):
                self._claims.append(claimed)
                return port
        raise StackError(f"No free port between {_LOWEST} and {_HIGHEST} on {HOST}.")


def claim(port: int) -> socket.socket | None:
    """Take the port's name among Linux's abstract sockets. Nobody else who asks here gets it until the socket that is returned is closed,
    or this process ends, however it does. None if somebody has it."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0baton-port-{port}")
    except OSError:
        name.close()
        return None
    return name


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do, or a port with connections in TIME_WAIT would count as taken after every restart.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
