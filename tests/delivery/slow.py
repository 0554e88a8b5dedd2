"""A slow way to a server: forwards a TCP port, and lets through only so many bytes a second."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

CHUNK = 16 << 10


class SlowPort:
    """Forwards 127.0.0.1:`port` to `host:port` of `server`. `rate`: bytes a second towards the server, over all connections."""

    def __init__(self, server: str, rate: int) -> None:
        host, port = server.split(":")
        self._server, self._rate, self._free_at, self._lock = (host, int(port)), rate, time.monotonic(), threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, slowly: bool) -> None:
        try:
            while chunk := source.recv(CHUNK):
                if slowly:
                    self._wait_for(len(chunk))
                target.sendall(chunk)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()

    def _wait_for(self, size: int) -> None:
        """The time that these bytes take, behind those of other connections."""
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
            pause = self._free_at - time.monotonic()
        time.sleep(max(0.0, pause))
