"""One direction of a connection: takes bytes from one end and gives them to the other when the weather lets them."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from tests.chaos.network.weather import Weather

MOST_WAITING = 4 << 20
"""Bytes under way in one direction before the sender has to wait."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST instead of FIN."""


class Sky(Protocol):
    """Where the weather is to be seen, and how long bytes have to stand in line."""

    weather: Weather

    def turn(self, size: int) -> float:
        """Seconds until so many bytes towards the server have passed the bottleneck."""


class Half(asyncio.Protocol):
    """Reads from its own end and writes to its `other` half's. `towards_server`: whether its own end is the client's."""

    def __init__(self, sky: Sky, towards_server: bool, change: Callable[[bytes], bytes], ended: Callable[["Half"], None]) -> None:
        self._sky, self._towards_server, self._change, self._tell = sky, towards_server, change, ended
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._size, self._over = 0, False
        self._timer: asyncio.TimerHandle | None = None
        self.full = False
        self.made = asyncio.Event()
        self.transport: Any = None
        self.other: Half | None = None

    # ---- what asyncio calls -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The own end is connected."""
        self.transport = transport
        self.made.set()

    def data_received(self, data: bytes) -> None:
        """Bytes came from the own end."""
        weather = self._sky.weather
        if weather.deaf and not self._towards_server:
            return
        due = self._loop.time() + weather.delay
        if self._towards_server and weather.rate:
            due += self._sky.turn(len(data))
        self._waiting.append((due, data))
        self._size += len(data)
        self.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """The own end is gone: what is under way still arrives, then the other end is closed."""
        self._over = True
        self._tell(self)
        self.pump()

    def pause_writing(self) -> None:
        """The own end takes no more for now."""
        self.full = True

    def resume_writing(self) -> None:
        """The own end takes bytes again."""
        self.full = False
        if self.other:
            self.other.pump()

    # ---- what the way calls -----------------------------------------------------------------------------------

    def pump(self) -> None:
        """Hand over what is due, and come again for the rest."""
        other = self.other
        if other is None or other.transport is None:
            return
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now and not (self._sky.weather.held or other.full):
            _, data = self._waiting.popleft()
            self._size -= len(data)
            if not other.transport.is_closing():
                other.transport.write(self._change(data))
        if self._over and not self._waiting:
            other.transport.close()
        self._wait(now, other.full)

    def reset(self) -> None:
        """Break the connection at the own end with RST; what is under way is lost."""
        self._waiting.clear()
        if self.transport and not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()

    def _wait(self, now: float, full: bool) -> None:
        if self.transport and not self._over and not self.transport.is_closing():
            (self.transport.pause_reading if self._size > MOST_WAITING else self.transport.resume_reading)()
        if self._waiting and self._timer is None and not (self._sky.weather.held or full):
            self._timer = self._loop.call_at(max(now, self._waiting[0][0]), self._again)

    def _again(self) -> None:
        self._timer = None
        self.pump()
