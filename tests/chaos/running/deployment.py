"""How the services of a run are deployed: which slots there are, and what each process finds in its environment."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.ground import Ground
from tests.chaos.running.births import Births
from tests.chaos.running.slot import Slot

SLOTS = ("deals-0", "deals-1", "onboarding-0", "onboarding-1", "notifications-0", "feedback-0")
EXTRAS = ("deals-8", "deals-9", "onboarding-8", "onboarding-9", "notifications-8", "notifications-9", "feedback-8", "feedback-9")
"""Slots of instances that join and leave; they share the ways of their service's first slot."""
SERVICES = ("deals", "onboarding", "notifications", "feedback")
PARTITIONS = 4
SESSION = 3.0
"""Seconds of silence after which the group takes an instance for dead."""
POLICIES = Path(__file__).parent.parent / "policies"
JWT_KEY = "the key of bearer tokens of a run of chaos"


@dataclass(frozen=True)
class Deployment:
    """The services of one run. `births`: what makes processes; `prefix`: of topics, databases and groups; `folder`: for logs and clocks."""

    ground: Ground
    births: Births
    prefix: str
    folder: Path

    def slots(self) -> list[Slot]:
        """The slots that run all the time."""
        return [self.slot(name) for name in SLOTS]

    def extras(self, service: str) -> Iterator[Slot]:
        """Slots for instances that join the service and leave it again."""
        return (self.slot(name) for name in EXTRAS if name.startswith(f"{service}-"))

    def urls(self, service: str) -> tuple[str, ...]:
        """Where the service's instances answer."""
        return tuple(self._url(name) for name in SLOTS if name.startswith(f"{service}-"))

    def slot(self, name: str) -> Slot:
        """One slot."""
        service = name.rsplit("-", 1)[0]
        return Slot(name, service, self._url(name), self.folder, self._environment(name, service), self.births)

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ground.stack.http_ports[name]}"

    def _environment(self, name: str, service: str) -> Mapping[str, str]:
        ways = self.ground.ways[name if name in SLOTS else f"{service}-0"]
        smtp_host, smtp_port = self.ground.addresses.smtp.split(":")
        inherited = {variable: value for variable, value in os.environ.items() if not variable.startswith("BATON_")}
        policy = POLICIES / f"{service}.yaml"
        return inherited | {
            "BATON_KAFKA": ways.kafka.address,
            "BATON_MONGO": ways.uri,
            "BATON_PREFIX": self.prefix,
            "BATON_PARTITIONS": str(PARTITIONS),
            "BATON_JWT_KEY": JWT_KEY,
            "BATON_HTTP_PORT": self._url(name).rsplit(":", 1)[1],
            "BATON_PUBLIC_URL": self._url(f"{service}-0"),
            "BATON_SESSION_TIMEOUT": str(SESSION),
            "BATON_REBALANCE_TIMEOUT": "10",
            "BATON_TIMER_LOOK": "0.2",
            "BATON_SMTP_HOST": smtp_host,
            "BATON_SMTP_PORT": smtp_port,
            "BATON_SMTP_TIMEOUT": "3",
            "BATON_MAIL_LEASE": "10",
            **({"BATON_POLICY": str(policy)} if policy.exists() else {}),
        }
