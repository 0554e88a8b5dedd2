"""Ending background tasks, so that they have ended."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks until they have ended: Python 3.11's `asyncio.wait_for`, which the database driver uses, swallows a cancellation
    that comes in the moment in which what it waits for is there. What a task raised is left to it."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)
