"""The onboarding service, running for all its tests with topics and a database of its own, and deals of a test's own."""

import uuid
from collections.abc import Iterator

import pytest

from contracts.onboarding import ReturnHandover
from contracts.people import ColleagueRecorded
from stack.addresses import Addresses
from tests.delivery.waiting import eventually
from tests.services.onboarding.given import ONA, SHIPPED
from tests.services.onboarding.messages import Sale
from tests.services.onboarding.running import Onboarding
from tests.services.service_process import edited, running

SHORT = {
    "booked_within: 48h": "booked_within: 2s",
    "    title: Document every promise made to the customer\n    within: 3d": "    title: P\n    within: 2s",
}
"""The kick-off's booking and one step are due soon after the win; all else as shipped."""


@pytest.fixture(scope="package")
def onboarding(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Onboarding]:
    """A ready service that knows the onboarding manager."""
    folder = tmp_path_factory.mktemp("onboarding")
    with running(Onboarding(stack_under_test, folder, policy=edited(SHIPPED, SHORT, folder))) as onboarding:
        onboarding.publish(ColleagueRecorded(**ONA.model_dump()))
        sale = Sale(f"probe-{uuid.uuid4().hex[:8]}")
        onboarding.publish(sale.won())
        onboarding.told(sale.deal_id, "HandoverOpened")
        probe = ReturnHandover(deal_id=sale.deal_id, reason="probe").model_dump(exclude={"deal_id"})
        path = f"/handovers/{sale.deal_id}/return"
        eventually(lambda: onboarding.call("POST", path, json=probe).status_code == 200, "a copy of the person")
        yield onboarding


@pytest.fixture
def sale() -> Sale:
    """A deal that only this test knows."""
    return Sale(f"deal-{uuid.uuid4().hex[:8]}")
