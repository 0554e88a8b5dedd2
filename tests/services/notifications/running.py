"""The notifications service as a process, with a mail provider of its own, and what is asked of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

import services.notifications
from services.notifications.app import SERVICE
from stack.addresses import Addresses
from tests.delivery.instances import free_port
from tests.delivery.waiting import PATIENCE, eventually
from tests.services.notifications.mail_servers import Handler
from tests.services.service_process import ServiceProcess, edited, running

SHIPPED = Path(services.notifications.__file__).with_name("policy.yaml")
HASTY = {
    "colleague: {channels: [inbox, email], digest_every: 1h}": "colleague: {channels: [inbox, email], digest_every: 1s}",
    "department: {channels: [inbox, email], digest_every: 1h}": "department: {channels: [inbox, email], digest_every: 1s}",
    "first_after: 30s": "first_after: 0.2s",
}
"""Digests go out after a second, and what was put off is tried again at once; all else is as shipped."""
SETTINGS = {"session_timeout": 6, "smtp_timeout": 2, "mail_lease": 6, "mail_look": 0.05, "inbox_heartbeat": 0.3}


class Notifications(ServiceProcess):
    """A running notifications service. `mail`: what its provider took."""

    service = SERVICE
    person, roles = "ops", ()

    def __init__(self, stack: Addresses, folder: Path) -> None:
        self.mail, self.smtp_port = Handler(), free_port()
        super().__init__(stack, folder, policy=edited(SHIPPED, HASTY, folder), smtp_port=self.smtp_port, **SETTINGS)

    def headers(self, person: str, *roles: str) -> dict[str, str]:
        """A person's token; `ops` is an operator."""
        return super().headers(person, *(("operator",) if person == "ops" else roles))

    def record(self, person_id: str, **fields: Any) -> None:
        """A colleague is recorded."""
        answer = self.call("PUT", f"/people/{person_id}", json={"name": person_id.title(), "email": f"{person_id}@baton.example", **fields})
        assert answer.status_code == 200, answer.text

    def summary(self, **wanted: str) -> Any:
        """Counts of notifications."""
        return self.get(f"/notifications/summary?{'&'.join(f'{name}={value}' for name, value in wanted.items())}")

    def await_states(self, states: dict[str, int], **wanted: str) -> None:
        """Wait until the notifications are in these states, so many in each."""
        eventually(
            lambda: self.summary(**wanted)["by_state"] == states, f"{states} of {wanted}", told=lambda: f"but {self.summary(**wanted)}"
        )

    def await_total(self, total: int, **wanted: str) -> None:
        """Wait until there are so many notifications, and none is on its way."""
        on_the_way = {"queued", "waiting_for_digest"}

        def settled() -> bool:
            found = self.summary(**wanted)
            return found["total"] == total and on_the_way.isdisjoint(found["by_state"])

        eventually(settled, f"{total} notifications of {wanted}", 2 * PATIENCE)

    def await_mail(self, address: str, count: int = 1) -> list[Any]:
        """E-mails to an address, once there are so many."""

        def taken() -> list[Any]:
            found = [mail for mail in self.mail.taken if address in mail["To"]]
            return found if len(found) >= count else []

        return eventually(taken, f"{count} e-mails to {address}")


@contextmanager
def serving(stack: Addresses, folder: Path) -> Iterator[Notifications]:
    """The service and its provider from ready to stopped."""
    service = Notifications(stack, folder)
    provider = Controller(service.mail, hostname="127.0.0.1", port=service.smtp_port)
    provider.start()
    try:
        with running(service):
            yield service
    finally:
        provider.stop()
