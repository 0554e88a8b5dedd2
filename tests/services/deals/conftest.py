"""The deals service, running for all its tests with topics and a database of its own, and a deal of a test's own."""

import uuid
from collections.abc import Iterator

import pytest

from stack.addresses import Addresses
from tests.services.deals.given import ACME
from tests.services.deals.running import Deals
from tests.services.service_process import running


@pytest.fixture(scope="package")
def deals(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deals]:
    """A ready service that knows the people whom the tests speak for."""
    with running(Deals(stack_under_test, tmp_path_factory.mktemp("deals"))) as deals:
        deals.know("rep", "dana", "ops")
        yield deals


@pytest.fixture
def deal_id(deals: Deals) -> str:
    """A deal of the test's own, opened over HTTP."""
    name = f"deal-{uuid.uuid4().hex[:8]}"
    answer = deals.call("POST", "/deals", json={"deal_id": name, "account": ACME.model_dump(mode="json"), "owner_id": "rep"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "changed")
    return name
