"""The notifications service as a process on the stack under test, with a mail provider of its own: driven and watched from outside."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from confluent_kafka import Producer

import services.notifications
from chassis.bootstrap import bootstrap
from chassis.placing import partition_of
from chassis.settings import Settings
from contracts.envelope import Envelope
from contracts.message import Message
from services.notifications.app import SERVICE
from stack.addresses import Addresses
from tests.leftovers import remove_everything_of
from tests.services.deals.running import DEADLINE, KEY, eventually, token
from tests.services.notifications.mail_servers import Handler

POLICY = Path(services.notifications.__file__).with_name("policy.yaml").read_text(encoding="utf-8")


@dataclass
class Running:
    """A running notifications service. `mail`: what its provider took."""

    settings: Settings
    folder: Path
    mail: Handler
    smtp_port: int
    port: int
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process, and wait until it is ready."""
        log = self.folder / "log"
        with log.open("ab") as errors:
            command = [sys.executable, "-m", "services.notifications"]
            self.processes.append(subprocess.Popen(command, env=self._environment(), stderr=errors, stdin=subprocess.DEVNULL))
        eventually("the service is ready", self._ready)

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self.processes[-1].send_signal(signal.SIGKILL)
        self.processes[-1].wait(DEADLINE)

    def stop(self) -> None:
        """Ask the process to stop, and wait until it has."""
        self.processes[-1].terminate()
        self.processes[-1].wait(DEADLINE)

    def headers(self, person: str, *roles: str) -> dict[str, str]:
        """A person's token."""
        return {"Authorization": f"Bearer {token(person, *roles)}"}

    def call(self, method: str, path: str, person: str = "ops", *roles: str, **more: Any) -> httpx.Response:
        """An HTTP request by a person with roles; `ops` is an operator."""
        roles = ("operator",) if person == "ops" else roles
        return httpx.request(method, f"{self.url}{path}", headers=self.headers(person, *roles), timeout=DEADLINE, **more)

    def get(self, path: str, person: str = "ops", *roles: str) -> Any:
        """What a query answers."""
        answer = self.call("GET", path, person, *roles)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def publish(self, *messages: Message, ids: Iterable[str] = (), bearer: str | None = None) -> list[str]:
        """Put messages on their topics as a foreign publisher does; returns their ids."""
        producer, given, used = Producer({"bootstrap.servers": self.settings.kafka}), iter(ids), []
        for message in messages:
            envelope = Envelope(next(given, str(uuid.uuid4())), "/tests", message.wire_type(), message.key, datetime.now(UTC))
            headers: list[Any] = [*envelope.headers(), *([("authorization", bearer.encode())] if bearer else [])]
            lane = partition_of(message.key, self.settings.partitions)
            producer.produce(message.topic.name(self.settings.prefix), message.model_dump_json(), message.key, lane, headers=headers)
            used.append(envelope.id)
        assert producer.flush(DEADLINE) == 0
        return used

    def record(self, person_id: str, **fields: Any) -> None:
        """A colleague is recorded."""
        answer = self.call("PUT", f"/people/{person_id}", json={"name": person_id.title(), "email": f"{person_id}@baton.example", **fields})
        assert answer.status_code == 200, answer.text

    def summary(self, **wanted: str) -> Any:
        """Counts of notifications."""
        return self.get(f"/notifications/summary?{'&'.join(f'{name}={value}' for name, value in wanted.items())}")

    def await_states(self, states: dict[str, int], **wanted: str) -> None:
        """Wait until the notifications are in these states, so many in each."""
        eventually(f"{states} of {wanted}, not {self.summary(**wanted)}", lambda: self.summary(**wanted)["by_state"] == states or None)

    def await_total(self, total: int, **wanted: str) -> None:
        """Wait until there are so many notifications, and none is on its way."""
        on_the_way = {"queued", "waiting_for_digest"}

        def settled() -> bool | None:
            found = self.summary(**wanted)
            return (found["total"] == total and on_the_way.isdisjoint(found["by_state"])) or None

        eventually(f"{total} notifications of {wanted}", settled, 2 * DEADLINE)

    def await_mail(self, address: str, count: int = 1) -> list[Any]:
        """E-mails to an address, once there are so many."""

        def look() -> list[Any] | None:
            found = [mail for mail in self.mail.taken if address in mail["To"]]
            return found if len(found) >= count else None

        return eventually(f"{count} e-mails to {address}", look)

    def _environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("BATON_")} | {
            "BATON_KAFKA": self.settings.kafka,
            "BATON_MONGO": self.settings.mongo,
            "BATON_PREFIX": self.settings.prefix,
            "BATON_PARTITIONS": str(self.settings.partitions),
            "BATON_HTTP_PORT": str(self.port),
            "BATON_SMTP_PORT": str(self.smtp_port),
            "BATON_SESSION_TIMEOUT": "6",
            "BATON_SMTP_TIMEOUT": "2",
            "BATON_MAIL_LEASE": "6",
            "BATON_MAIL_LOOK": "0.05",
            "BATON_INBOX_HEARTBEAT": "0.3",
            "BATON_TIMER_LOOK": "0.1",
            "BATON_JWT_KEY": KEY,
            "BATON_POLICY": str(self.folder / "policy.yaml"),
        }

    def _ready(self) -> bool | None:
        assert self.processes[-1].poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/health/ready").status_code == 200 or None
        except httpx.TransportError:
            return None


@contextmanager
def serving(stack: Addresses, folder: Path, digest_every: str = "1s") -> Iterator[Running]:
    """The service from ready to stopped, with topics and a database of its own."""
    settings = Settings(kafka=stack.kafka, mongo=stack.mongo, prefix=f"t{uuid.uuid4().hex[:10]}", partitions=3)
    policy = POLICY.replace("digest_every: 1h", f"digest_every: {digest_every}").replace("first_after: 30s", "first_after: 0.2s")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    running = Running(settings, folder, Handler(), free_port(), free_port())
    provider = Controller(running.mail, hostname="127.0.0.1", port=running.smtp_port)
    provider.start()
    try:
        asyncio.run(bootstrap([SERVICE], settings))
        running.start()
        yield running
    finally:
        for process in running.processes:
            if process.poll() is None:
                process.terminate()
                process.wait(DEADLINE)
        provider.stop()
        remove_everything_of(settings.prefix, stack)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """A bulk answer's lines."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]
