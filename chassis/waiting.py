"""`asyncio.wait_for` as Python has it from 3.12 on, also on 3.11 (ADR 0015).

That of 3.11 runs what it waits for in a task of its own. A cancellation that comes while that task is being cancelled leaves it behind:
the driver's lock, which the task gave up and was to take again, is then released by somebody who does not hold it, and either fails all
who wait for it or is never free again. A cancellation that comes in the moment in which what is waited for is there is swallowed.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any, TypeVar

import pymongo.lock

T = TypeVar("T")


async def wait_for(awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109  # it is what it stands for
    """What the awaitable gives, awaited in the task that asks.

    Raises:
        TimeoutError: it took longer than `timeout` seconds, and was cancelled.
    """
    async with asyncio.timeout(timeout):
        return await awaitable


def mend() -> None:
    """Let everything in this process wait in this way."""
    if sys.version_info < (3, 12):
        who_have_it: tuple[Any, ...] = (asyncio, pymongo.lock)  # the driver has imported it by name
        for module in who_have_it:
            module.wait_for = wait_for
