"""A small service for tests of the chassis: one aggregate of the deals service's messages, with deciders that the test brings."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from chassis.aggregate import Aggregate
from chassis.decision import Decision
from chassis.deployment import Deployment
from chassis.incoming import Incoming, Origin
from chassis.line import Decider, Line, on
from chassis.outbox import Page, Publication, bundled, unbundled
from chassis.policy import Policy
from chassis.reading import digest
from chassis.service import Service
from chassis.settings import Settings
from chassis.tokens import Tokens
from chassis.workspace import Workspace
from contracts.deals import Account, DealCommandRefused, DealOpened, OpenDeal
from contracts.onboarding import PackageScored
from contracts.topics import DEALS, ONBOARDING

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Tally(BaseModel):
    """Counts what it was told."""

    model_config = ConfigDict(frozen=True)

    told: int = 0
    note: str = ""


TALLY = Aggregate("tally", Tally, "tallies")
ACCOUNT = Account(account_id="account-7", name="Example Company")


@dataclass
class Value:
    """A record, as far as deciding looks at it."""

    topic: str = "baton.deals.commands"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = b"deal-1"
    value: bytes | None = b"{}"
    headers: Any = ()


def opened(key: str) -> DealOpened:
    """An event of one deal."""
    return DealOpened(deal_id=key, account_id="account-7", cycle=1, account=ACCOUNT, stage="proposal", owner_id="colleague-3")


def count(tally: Tally | None, message: Any, context: Any) -> Decision[Tally]:
    """One more, and an event of it."""
    return Decision(Tally(told=(tally.told if tally else 0) + 1), events=[opened(message.key)])


def a_deployment(decide: Decider = count) -> Deployment:
    """The small service, with this decider for a command and for an event."""
    lines: tuple[Line, ...] = (
        on(DEALS.commands, OpenDeal, decide, TALLY, name="open"),
        on(ONBOARDING.events, PackageScored, decide, TALLY, name="score"),
    )

    def refusal(message: Any, error: Any, context: Any) -> DealCommandRefused:
        return DealCommandRefused(deal_id=message.key, command="Open", code=error.code, detail=error.detail, requested_by="somebody")

    settings = Settings(jwt_key="a key of thirty-two characters or more")
    service = Service(topics=DEALS, lines=lines, policy=(Policy, None), refusal=refusal)  # type: ignore[arg-type]
    return Deployment(service, settings, None, Tokens(settings))


def a_workspace(deployment: Deployment, careful: bool = False) -> Workspace:
    """A workspace that has loaded nothing and will not be written."""
    return Workspace(deployment, None, careful=careful)  # type: ignore[arg-type]


def published(page: Page) -> list[Publication]:
    """What the page holds, in order."""
    return unbundled(bundled(page.packed))


def a_command(deployment: Deployment, id_: str = "m-1", key: str = "deal-1", line: str = "open", **more: Any) -> Incoming:
    """A message for the small service, as it was read from a topic."""
    chosen = next(one for one in deployment.service.lines if one.name == line)
    body: Any = OpenDeal(deal_id=key, account=ACCOUNT, owner_id="colleague-3")
    if line == "score":
        body = PackageScored(deal_id=key, account_id="account-7", cycle=1, package_version=1, score=80, threshold=70)
    value = body.model_dump_json().encode()
    lane = deployment.lane_of(key)
    topic = chosen.topic.name() if chosen.topic else ""
    record = Value(topic=topic, partition=lane, key=key.encode(), value=value)
    origin = Origin(topic, lane, 0, 0)
    fields: dict[str, Any] = {"digest": digest(value), "time": NOW, "correlation": id_, **more}
    return Incoming(origin, record, chosen, chosen.message.wire_type(), "/tests", id_, body, key, lane, **fields)
