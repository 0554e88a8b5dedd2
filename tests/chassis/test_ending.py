"""The end of a service's background tasks."""

import asyncio

from chassis.ending import end


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    """Guarantee: a service ends when it is told to. `asyncio.wait_for` of Python 3.11 swallows a cancellation that comes in the moment in
    which what it waits for is there (found by chaos, seed 401)."""
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 2:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end([task])
    assert (task.cancelled(), swallowed) == (True, 2)


async def test_a_task_that_has_failed_already_does_not_hold_up_the_end() -> None:
    """Guarantee: what went wrong before is logged, and the others end all the same."""

    async def fail() -> None:
        raise RuntimeError("before the end")

    failed = asyncio.create_task(fail())
    await asyncio.wait([failed])
    await end([failed])
    assert failed.exception() is not None
