"""The conditions on a way at a moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Weather:
    """What a way does to bytes.

    `delay`: seconds that bytes take, in each direction. `rate`: bytes a second towards the server, over all connections; None: as fast as
    they go. `held`: nothing arrives, in either direction, and nothing is lost. `deaf`: the server hears everything, its answers are lost.
    `cut`: new connections are refused.
    """

    delay: float = 0.0
    rate: float | None = None
    held: bool = False
    deaf: bool = False
    cut: bool = False


CLEAR = Weather()
