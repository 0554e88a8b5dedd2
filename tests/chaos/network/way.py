"""One way from a service to a server: a port that is forwarded to another, with weather on it."""

import asyncio
from collections.abc import Mapping

from tests.chaos.network.half import Half
from tests.chaos.network.loop import Loop
from tests.chaos.network.renaming import Renaming
from tests.chaos.network.weather import CLEAR, Weather

HOST = "127.0.0.1"


class Way:
    """Forwards 127.0.0.1:`port` to 127.0.0.1:`target`. `names`: what to replace in the server's answers, by what it says."""

    def __init__(self, loop: Loop, port: int, target: int, names: Mapping[bytes, bytes] | None = None) -> None:
        self._loop, self.port, self._target, self._names = loop, port, target, names or {}
        self.address = f"{HOST}:{port}"
        self.weather = CLEAR
        self._halves: set[Half] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._free_at = 0.0
        self._server: asyncio.Server | None = None

    def open(self) -> None:
        """Begin to listen."""
        self._loop.run(self._open())

    def close(self) -> None:
        """Stop listening, and break what is connected."""
        self._loop.run(self._close())

    def change(self, weather: Weather) -> None:
        """Have other weather from now on."""
        self._loop.run(self._change(weather))

    def reset(self) -> int:
        """Break every connection with RST; returns how many there were."""
        return self._loop.run(self._reset())

    def turn(self, size: int) -> float:
        """Seconds until so many bytes have passed, behind those of other connections."""
        now = asyncio.get_running_loop().time()
        rate = self.weather.rate
        self._free_at = max(self._free_at, now) + (size / rate if rate else 0.0)
        return self._free_at - now

    # ---- on the loop ------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._accepted, HOST, self.port, backlog=256)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        await self._reset()

    async def _change(self, weather: Weather) -> None:
        if self.weather.deaf and not weather.deaf:
            await self._reset()  # answers are missing in the middle of these streams
        self.weather, self._free_at = weather, 0.0
        for half in list(self._halves):
            half.pump()

    async def _reset(self) -> int:
        broken = list(self._halves)
        for half in broken:
            half.reset()
        return len(broken) // 2

    def _accepted(self) -> Half:
        client = Half(self, True, bytes, self._halves.discard)
        task = asyncio.get_running_loop().create_task(self._connect(client))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        return client

    async def _connect(self, client: Half) -> None:
        """Lead a client that has just come to the server, or turn it away."""
        await client.made.wait()
        server = Half(self, False, Renaming(self._names), self._halves.discard)
        try:
            if self.weather.cut:
                raise ConnectionRefusedError
            await asyncio.get_running_loop().create_connection(lambda: server, HOST, self._target)
        except OSError:
            client.reset()
            return
        if client.transport.is_closing():
            server.reset()
            return
        client.other, server.other = server, client
        self._halves |= {client, server}
        client.pump()
        server.pump()
