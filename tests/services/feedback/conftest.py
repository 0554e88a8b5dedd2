"""The feedback service, running for all its tests with topics and a database of its own."""

from collections.abc import Iterator

import pytest

from stack.addresses import Addresses
from tests.services.feedback.running import AT_ONCE, SHIPPED, Feedback
from tests.services.service_process import edited, running

HASTY = {
    "remind_after: 5d": "remind_after: 1s",
    "open_for: 30d": "open_for: 4s",
    "look_again_every: 1h": "look_again_every: 0.3s",
    "give_up_after: 7d": "give_up_after: 2s",
}
"""Days become tenths of seconds."""


@pytest.fixture(scope="package")
def feedback(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feedback]:
    """A ready service that invites at once and reminds no one while the tests run."""
    folder = tmp_path_factory.mktemp("feedback")
    with running(Feedback(stack_under_test, folder, policy=edited(SHIPPED, AT_ONCE, folder))) as feedback:
        yield feedback


@pytest.fixture(scope="module")
def hasty(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feedback]:
    """A ready service whose days are tenths of seconds."""
    folder = tmp_path_factory.mktemp("hasty")
    with running(Feedback(stack_under_test, folder, policy=edited(SHIPPED, AT_ONCE | HASTY, folder))) as hasty:
        yield hasty
