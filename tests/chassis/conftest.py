"""What tests of the chassis ask for: the bench."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from stack.addresses import Addresses
from tests.chassis.counting import Bench

settings.register_profile("by result", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("by result")  # what is shown is a result, not a time: a machine under load is slow


@pytest.fixture
async def bench(stack_under_test: Addresses, prefix: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A lane of the counting service on the real database."""
    made = await Bench.set_up(stack_under_test, prefix, tmp_path)
    yield made
    await made.committer.client.close()
