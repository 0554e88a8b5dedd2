"""An office of its own for each test that asks: the service on a real database, without its consumer."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stack.addresses import Addresses
from tests.services.notifications.office import Office, an_office
from tests.services.notifications.running import Notifications, serving


@pytest.fixture
async def office(stack_under_test: Addresses, prefix: str, unused_tcp_port: int) -> AsyncIterator[Office]:
    """The office; its mail provider is whatever the test puts on the port."""
    async with an_office(stack_under_test, prefix, smtp_port=unused_tcp_port) as office:
        await office.record_dana()
        yield office


@pytest.fixture(scope="package")
def service(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notifications]:
    """A ready service; what it leaves on the stack is removed afterwards."""
    with serving(stack_under_test, tmp_path_factory.mktemp("notifications")) as service:
        yield service
