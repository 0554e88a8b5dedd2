"""Time that passes only when told, and the event loop of one process, which runs only when told."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """The servers' clock. `now`: seconds since `EPOCH`."""

    def __init__(self) -> None:
        self.now = 0.0

    @property
    def moment(self) -> datetime:
        """The time of day, to the millisecond, as the database tells it."""
        return EPOCH + timedelta(milliseconds=int(self.now * 1000))


class ProcessLoop(asyncio.AbstractEventLoop):
    """The event loop of one process of the model. To drop it is to kill the process: nothing in it runs any more, no `finally` either.

    `process`: whoever it belongs to.
    """

    def __init__(self, clock: Clock, process: Any) -> None:
        self._clock, self.process = clock, process
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._uncaught: list[BaseException] = []
        self._killed = False

    # ---- what asyncio asks for --------------------------------------------------------------------------------

    def time(self) -> float:
        """Seconds, of the clock that all processes share."""
        return self._clock.now

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Run it when the process runs next."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.TimerHandle:
        """Run it after so many seconds."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.TimerHandle:
        """Run it at this time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing to count: cancelled handles are passed over."""

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this process."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        """A task of this process."""
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        """Never."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody caught."""
        if (error := context.get("exception")) and not self._killed:
            self._uncaught.append(error)

    # ---- what the model asks for ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until everything waits, for the network or for time."""
        self._fire()
        if not self._ready:
            return
        self.within(self._run_ready)

    def _run_ready(self) -> None:
        while self._ready:
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    def within(self, call: Callable[..., Any], *args: Any) -> Any:
        """Call something that wants a running loop; that of another process may be running already."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            return call(*args)
        finally:
            asyncio._set_running_loop(before)

    def next_timer(self) -> float | None:
        """When the process will want to run by itself."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _fire(self) -> None:
        while (when := self.next_timer()) is not None and when <= self._clock.now + 1e-9:
            self._ready.append(heapq.heappop(self._timers)[2])

    def failures(self) -> list[BaseException]:
        """What callbacks raised, and what tasks ended with that nobody has asked."""
        return [*self._uncaught, *(task._exception for task in self._tasks if task._log_traceback)]  # type: ignore[attr-defined]

    def kill(self) -> None:
        """Drop everything. The network must refuse the process from now on, for closing a coroutine runs its `finally` blocks."""
        self._uncaught, self._killed = self.failures(), True
        self._ready.clear()
        self._timers.clear()
        for task in self._tasks:
            with suppress(BaseException):  # whatever a `finally` meets: the process is dead
                self.within(task.get_coro().close)  # type: ignore[union-attr]
        self._tasks.clear()
        self._ready.clear()
        self._timers.clear()
