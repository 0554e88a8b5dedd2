"""A relay that works by itself, with pauses that a test chooses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chassis.ending import end
from chassis.relay import Relay

NOWHERE = 7
"""A partition that the tests' topic does not have."""


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    """The relay at work by itself."""
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        await end([task])
        await relay.close()


def pauses(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let what failed rest for so long, each time."""
    monkeypatch.setattr("chassis.relay.SHORTEST_PAUSE", seconds)
    monkeypatch.setattr("chassis.relay.LONGEST_PAUSE", seconds)
