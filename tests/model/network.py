"""The network: every request to a server waits here until the explorer lets it through, loses it, or loses its reply."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What may happen to a request. `ABORTED`: the server answers a commit that it has aborted the transaction."""

    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"
    ABORTED = "aborted"


class Gone(BaseException):
    """The process that asks is dead: it gets no answer."""


def always() -> bool:
    """A request that waits for nothing."""
    return True


@dataclass
class Request:
    """One I/O operation of a process. `act` is what the server does, at the moment that the explorer chooses; it may raise.

    `error`: what the caller sees when the request or its reply is lost. `lasting`: the server does something that outlives the
    request, so that losing the reply is another thing than losing the request. `ready`: whether the server can do it now (it may wait
    for a lock); `held_until`: the explorer holds it back. `refuse`: under `ABORTED`, in place of `act`: does to the server what an abort
    does, and gives what the caller sees.
    """

    process: Any
    name: str
    act: Callable[[], Any]
    error: Callable[[], Exception]
    lasting: bool = False
    ready: Callable[[], bool] = always
    refuse: Callable[[], Exception] | None = None
    future: Any = None
    held_until: float = 0.0

    @property
    def faults(self) -> list[Fault]:
        """What may happen to it."""
        return [Fault.REQUEST_LOST, *([Fault.REPLY_LOST] if self.lasting else []), *([Fault.ABORTED] if self.refuse else [])]

    def perform(self, fault: Fault | None = None) -> None:
        """Let it through, or not; the caller learns of it when its process runs."""
        try:
            if fault is Fault.ABORTED and self.refuse:
                raise self.refuse()
            result = None if fault is Fault.REQUEST_LOST else self.act()
            if fault:
                raise self.error()
        except Exception as error:
            self._answer(self.future.set_exception, error if fault is None or fault is Fault.ABORTED else self.error())
        else:
            self._answer(self.future.set_result, result)

    def _answer(self, tell: Callable[[Any], None], what: Any) -> None:
        if self.future.done():
            return  # cancelled: the driver's thread did it all the same
        tell(what)
        if self.future.exception():
            self.future.exception()


@dataclass
class Network:
    """Requests that wait, oldest first."""

    waiting: list[Request] = field(default_factory=list)

    def submit(self, request: Request) -> asyncio.Future[Any]:
        """Put the request on the wire.

        Raises:
            Gone: the process is dead.
        """
        if not request.process.alive:
            raise Gone
        request.future = asyncio.get_running_loop().create_future()
        self.waiting.append(request)
        return request.future

    async def call(self, request: Request) -> Any:
        """Put the request on the wire and wait for the reply."""
        return await self.submit(request)

    def forget(self, process: Any) -> None:
        """Drop what a process that has died was waiting for."""
        self.waiting = [request for request in self.waiting if request.process is not process]
