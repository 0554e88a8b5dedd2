"""Waiting with a time limit, and being cancelled at the worst moment."""

import asyncio
from typing import Any

import pymongo.lock
import pytest

from chassis.waiting import mend, wait_for


@pytest.fixture(autouse=True)
def _mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "wait_for", asyncio.wait_for)
    monkeypatch.setattr(pymongo.lock, "wait_for", pymongo.lock.wait_for)
    mend()


async def test_a_wait_that_runs_out_and_is_cancelled_leaves_the_drivers_lock_to_who_holds_it() -> None:
    """Guarantee: two time limits that meet, the driver's and ours, break no lock of the driver (found by chaos, seed 3204)."""
    lock = pymongo.lock._async_create_lock()
    condition = pymongo.lock._async_create_condition(lock)
    entered = asyncio.Event()

    async def select() -> None:
        async with lock:
            entered.set()
            await pymongo.lock._async_cond_wait(condition, 0.01)

    selecting = asyncio.create_task(select())
    await entered.wait()
    async with lock:  # ours while the wait runs out: it has to wait for the lock
        await asyncio.sleep(0.05)
        selecting.cancel()
        await asyncio.sleep(0.05)
        assert not selecting.done()  # or it has released a lock that is ours
    with pytest.raises(asyncio.CancelledError):
        await selecting
    assert not lock.locked()


async def test_a_cancellation_in_the_moment_of_the_answer_is_not_swallowed() -> None:
    """Guarantee: what is told to end ends, whatever the driver was doing."""
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    after: list[int] = []

    async def ask() -> None:
        after.append(await asyncio.wait_for(answer, 5))
        await asyncio.sleep(0)
        after.append(0)

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    answer.set_result(1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert 0 not in after


@pytest.mark.parametrize("limit", [0, -1, 0.01])
async def test_what_takes_too_long_is_cancelled_and_said_to_have(limit: float) -> None:
    ended: list[Any] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(TimeoutError):
        await wait_for(endless(), limit)
    assert ended == [True]


async def test_without_a_limit_it_waits() -> None:
    assert await wait_for(asyncio.sleep(0, "there"), None) == "there"
