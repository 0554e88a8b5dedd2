"""The clients of a run as the nemesis sees them."""

from pathlib import Path
from typing import Any

from tests.chaos import clients
from tests.chaos.nemesis.arena import Skipped
from tests.chaos.world import World


class Workload:
    """Clients at work from its making on."""

    def __init__(self, world: World, log: Path) -> None:
        self._clients: Any = clients.start(world, world.seed, log)

    def stop(self) -> None:
        """Let operations in flight end."""
        self._clients.stop()

    def burst(self, seconds: float) -> None:
        """Have them send without pausing for so long; returns at once."""
        self._clients.burst(seconds)

    def backlog(self, operations: int) -> int:
        """Have so many operations written as fast as it goes.

        Raises:
            Skipped: none could be written.
        """
        written = int(self._clients.backlog(operations))
        if not written:
            raise Skipped("nothing could be written")
        return written
