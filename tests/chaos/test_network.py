"""The ways between services and servers do to bytes what their weather says, and nothing else."""

import itertools
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from stack.ports import HOST
from tests.chaos.network import Loop, Way
from tests.chaos.network.renaming import Renaming
from tests.chaos.network.weather import CLEAR, Weather


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears."""

    def handle(self) -> None:
        while heard := self.request.recv(1 << 16):
            self.request.sendall(heard)


@pytest.fixture
def way() -> Iterator[Way]:
    """A way to a server that says what it hears."""
    with socketserver.ThreadingTCPServer((HOST, 0), Echo) as server, Loop() as loop:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_server((HOST, 0)) as free:
            port = free.getsockname()[1]
        way = Way(loop, port, server.server_address[1])
        way.open()
        yield way
        way.close()
        server.shutdown()


def connected(way: Way) -> socket.socket:
    """A connection through the way, over which something has gone there and back."""
    client = socket.create_connection((HOST, way.port), timeout=10)
    assert said(client, b"first") == b"first"
    return client


def said(client: socket.socket, text: bytes) -> bytes:
    """What comes back."""
    client.sendall(text)
    heard = b""
    while len(heard) < len(text):
        heard += client.recv(1 << 16)
    return heard


def test_a_clear_way_changes_nothing(way: Way) -> None:
    """Every byte arrives, in order, also when there are many."""
    text = bytes(range(256)) * 40_000
    with connected(way) as client:
        sender = threading.Thread(target=client.sendall, args=(text,))
        sender.start()
        heard = b""
        while len(heard) < len(text):
            heard += client.recv(1 << 16)
        sender.join()
    assert heard == text


def hears_nothing(client: socket.socket) -> None:
    """Nothing comes for a while."""
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(10)


def test_what_is_held_arrives_when_the_weather_clears(way: Way) -> None:
    with connected(way) as client:
        way.change(Weather(held=True))
        client.sendall(b"later")
        hears_nothing(client)
        way.change(CLEAR)
        assert client.recv(5) == b"later"


def test_lost_answers_end_with_a_broken_connection(way: Way) -> None:
    """A stream in which answers are missing must not go on as if it were whole."""
    with connected(way) as client:
        way.change(Weather(deaf=True))
        client.sendall(b"heard, but not answered")
        hears_nothing(client)
        way.change(CLEAR)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_reset_breaks_every_connection_and_the_next_one_works(way: Way) -> None:
    with connected(way) as one, connected(way) as other:
        assert way.reset() == 2
        for client in (one, other):
            with pytest.raises(ConnectionResetError):
                client.recv(1)
    connected(way).close()


def test_a_way_that_is_cut_takes_no_new_connection(way: Way) -> None:
    way.change(Weather(cut=True))
    with pytest.raises(ConnectionResetError):
        _first_byte(way)


def _first_byte(way: Way) -> bytes:
    with socket.create_connection((HOST, way.port), timeout=10) as client:
        return client.recv(1)


@pytest.mark.parametrize("cuts", [(), (4,), (1, 2, 3, 20, 40), tuple(range(1, 60))])
def test_names_are_replaced_wherever_a_stream_is_divided(cuts: tuple[int, ...]) -> None:
    """A replica set's clients must never learn an address that leads past the way."""
    text = b"\x00hosts 127.0.0.1:20001 and 127.0.0.1:20002, me 127.0.0.1:20001\x00"
    rename = Renaming({b"127.0.0.1:20001": b"127.0.0.1:30001", b"127.0.0.1:20002": b"127.0.0.1:30002"})
    ends = (0, *cuts, len(text))
    pieces = [text[begin:end] for begin, end in itertools.pairwise(ends)]
    assert b"".join(map(rename, pieces)) == text.replace(b":2000", b":3000")
