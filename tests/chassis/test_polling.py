"""What a poll that failed leaves behind."""

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

import chassis.consumer as consumer_module
from chassis.consumer import LaneSubscriber
from chassis.holding import Holding
from chassis.metrics import Metrics
from tests.chassis.given import a_deployment


class Fetched:
    """What the client has fetched of a partition: it hangs in a cycle, as aiokafka's does."""

    def __init__(self) -> None:
        self.records = self


class Consumer:
    """Its polls fail, and what it has fetched is thrown away by a seek."""

    def __init__(self) -> None:
        self.fetched: Fetched | None = Fetched()

    async def getmany(self, *_: Any, **__: Any) -> Any:
        """Nothing can be read."""
        raise ValueError("a record that nobody can read")

    def seek(self, *_: Any) -> None:
        """Read on from elsewhere."""
        self.fetched = None

    def pause(self, *_: Any) -> None:
        """Read on later."""


async def test_what_was_fetched_in_vain_is_freed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: memory does not grow with unreadable records, of which a few are too few for the garbage collector to look."""
    monkeypatch.setattr(consumer_module, "SETTLE", 0.0)
    consumer, holding = Consumer(), Holding(a_deployment(), None, Metrics("test"), "this instance")  # type: ignore[arg-type]
    holding.subscriber = SimpleNamespace(consumer=consumer)
    holding.add(TopicPartition("baton.deals.commands", 0)).open = True
    consumer.fetched = Fetched()
    freed = weakref.ref(consumer.fetched)
    subscriber = LaneSubscriber.__new__(LaneSubscriber)  # its polling, without the rest of FastStream's subscriber
    subscriber.holding, subscriber.linger = holding, 0.0
    gc.disable()
    try:
        assert not await subscriber.get_msg(consumer)
        assert freed() is None
    finally:
        gc.enable()
