"""What tests of the chassis ask for: the bench."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stack.addresses import Addresses
from tests.chassis.counting import Bench


@pytest.fixture
async def bench(stack_under_test: Addresses, prefix: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A lane of the counting service on the real database."""
    made = await Bench.set_up(stack_under_test, prefix, tmp_path)
    yield made
    await made.committer.client.close()
