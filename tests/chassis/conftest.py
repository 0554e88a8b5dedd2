"""What tests of the chassis ask for: the bench, and a topic that refuses large records."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis import parking
from stack.addresses import Addresses
from tests.chassis.counting import Bench
from tests.chassis.tiny_topic import Topic


@pytest.fixture
async def bench(stack_under_test: Addresses, prefix: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A lane of the counting service on the real database."""
    made = await Bench.set_up(stack_under_test, prefix, tmp_path)
    yield made
    await made.committer.client.close()


@pytest.fixture
async def topic(stack_under_test: Addresses, prefix: str) -> Topic:
    """One that refuses large records."""
    topic = Topic(stack_under_test.kafka, f"{prefix}.tiny")
    await topic.make()
    return topic


@pytest.fixture
def looking_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relays look for what is to be put back each time: no test waits for it."""
    monkeypatch.setattr(parking, "LOOK", 0.0)
