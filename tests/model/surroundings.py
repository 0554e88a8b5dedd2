"""The clocks, chance and the broker's client, as the chassis sees them inside the model."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
import structlog

from chassis import commit, dead_letters, flights, holding, parking, reading, relay, sending, takeup, timers, workspace
from tests.model.clients import Producer
from tests.model.loop import EPOCH


def _here() -> tuple[float, float]:
    """The servers' time, and how far this process's clock is ahead of it."""
    loop: Any = asyncio.get_running_loop()
    return loop.time(), loop.process.skew


class Time:
    """In place of the module `time`."""

    @staticmethod
    def monotonic() -> float:
        """Seconds."""
        return _here()[0]

    @staticmethod
    def time_ns() -> int:
        """Nanoseconds since 1970, by the process's clock."""
        return int((EPOCH.timestamp() + sum(_here())) * 1_000_000) * 1_000

    @staticmethod
    def time() -> float:
        """Seconds since 1970, by the process's clock."""
        return EPOCH.timestamp() + sum(_here())


class Moment(datetime):
    """In place of the class `datetime`."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """By the process's clock."""
        return EPOCH + timedelta(seconds=sum(_here()))


class Chance:
    """In place of the module `random`: always the longest pause."""

    @staticmethod
    def uniform(low: float, high: float) -> float:
        """The higher one."""
        return high


@contextmanager
def surroundings() -> Iterator[None]:
    """Put them in place; and be silent."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False)
    with pytest.MonkeyPatch.context() as patch:
        for module in (commit, flights, holding, parking, relay, timers, workspace):
            patch.setattr(module, "time", Time)
        for module in (dead_letters, reading, workspace):
            patch.setattr(module, "datetime", Moment)
        for module in (commit, flights, takeup):
            patch.setattr(module, "random", Chance)
        patch.setattr(sending, "AIOKafkaProducer", Producer)
        patch.setattr(sending, "_give_up", lambda _: None)  # what is under way may still arrive, and nobody hears of it
        yield
    structlog.configure(**before)
