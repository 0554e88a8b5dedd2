"""The network between services and servers: a TCP proxy on every way, which can be slow, silent, deaf or cut."""

from tests.chaos.network.loop import Loop
from tests.chaos.network.way import Way

__all__ = ["Loop", "Way"]
