"""What a sender leaves behind when publishing fails."""

import gc
import weakref
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, RecordTooLargeError

from chassis import sending
from chassis.outbox import Publication
from chassis.sending import Sender


class Headers(list[tuple[str, bytes]]):
    """A part of a record whose end can be seen."""


class Batch:
    """Takes everything."""

    def append(self, **_: Any) -> object:
        """A record more."""
        return object()


class Producer:
    """Every send meets an error."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def create_batch(self) -> Batch:
        """An empty batch."""
        return Batch()

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        """Refuse a batch."""
        raise self._error("no")

    async def stop(self) -> None:
        """Nothing to flush."""


@pytest.mark.parametrize("error", [KafkaConnectionError, RecordTooLargeError])
async def test_what_could_not_be_sent_is_freed_without_the_garbage_collector(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee: memory does not grow while a topic takes nothing, even while somebody still holds the errors."""

    async def started(_: Sender) -> Producer:
        return Producer(error)

    monkeypatch.setattr(Sender, "_started", started)
    monkeypatch.setattr(sending, "_give_up", lambda _: None)  # nothing is under way
    headers = Headers()
    freed = weakref.ref(headers)
    gc.disable()
    try:
        errors = await Sender("nowhere", 5.0).send([Publication("t", 0, b"k", b"v", headers, f"owner-{n}") for n in range(3)])
        assert all(errors)
        del headers
        assert freed() is None
    finally:
        gc.enable()
