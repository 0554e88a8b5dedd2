"""Waiting for a condition, never for a time."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = float(os.environ.get("BATON_TEST_PATIENCE", "90"))
"""Seconds after which a condition is taken as never met; a machine under load is slow."""


def eventually(condition: Callable[[], T], what: str, seconds: float = PATIENCE, told: Callable[[], object] | None = None) -> T:
    """The first true value of `condition()`; fails the test with `what` and what `told()` says where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}{f'; {told()}' if told else ''}")
        time.sleep(0.05)
    return value


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Wait until the condition holds, in the test's own loop; TimeoutError if it does not in time."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  what is waited for is in another process's hands
            await asyncio.sleep(0.02)
