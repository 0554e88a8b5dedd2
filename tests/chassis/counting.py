"""A service that counts, small enough to be seen through, and one lane of it that a test works by hand on a real database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from chassis.aggregate import Aggregate
from chassis.bootstrap import make_collections
from chassis.commit import Answer, Committer
from chassis.context import Context
from chassis.decision import Actor, Decision, DomainError, Row, Timer
from chassis.deployment import Deployment
from chassis.http import commands
from chassis.line import on
from chassis.metrics import Metrics
from chassis.mongo import connect
from chassis.outbox import unbundled
from chassis.part import Lane, Part, Taken
from chassis.policy import Policy
from chassis.reading import from_request
from chassis.service import Service
from chassis.settings import Settings
from contracts.message import Command, Event, Private
from contracts.topics import DEALS
from contracts.values import Id
from stack.addresses import Addresses

KEY = "k" * 32
SECRET = "what Dana Reyes wrote"


class Count(Command, abstract=True):
    """Count one up; `how` says what else becomes of it, `about` names a person."""

    topic = DEALS.commands
    wire_name = "Count"

    deal_id: Id
    how: str = "plainly"
    about: Id | None = None


class Counted(Event, abstract=True):
    """It was counted."""

    topic = DEALS.events
    wire_name = "Counted"

    deal_id: Id
    text: str = ""


class CountingDue(Private, abstract=True):
    """A timer."""

    topic = DEALS.private
    wire_name = "CountingDue"

    deal_id: Id
    text: str = ""


class Counter(BaseModel):
    """What was counted."""

    model_config = ConfigDict(frozen=True)

    n: int = 0
    note: str = ""


class NoPolicy(Policy):
    """Nothing to decide by."""


COUNTERS = Aggregate("counter", Counter, "counters")


def count(state: Counter | None, command: Count, context: Context[Any]) -> Decision[Counter] | None:
    """One up, with one event."""
    if command.how == "refused":
        raise DomainError("not today")
    if command.how == "fails":
        raise KeyError(SECRET)
    rows = [Row("notes", command.deal_id, {"by": context.message_id})] if command.how == "with a row" else []
    if command.how == "with a row that BSON cannot hold":
        rows = [Row("notes", command.deal_id, {"on": date(2026, 3, 2)})]
    if command.how == "cancelling":
        return Decision(Counter(n=(state.n if state else 0) + 1), cancel=["due"])
    if command.how == "deleted":
        return Decision(None)
    timers = []
    if command.how == "with a timer":
        timers = [Timer("due", CountingDue(deal_id=command.deal_id), context.now + timedelta(days=1))]
    if command.how == "with a timer that no topic can carry":
        timers = [Timer("due", CountingDue(deal_id=command.deal_id, text="x" * 950_000), context.now + timedelta(days=1))]
    counted = Counter(n=(state.n if state else 0) + 1, note=state.note if state else "")
    if command.how == "with a state that is too large":
        counted = Counter(n=counted.n, note="x" * (2 << 20))
    if command.how == "with a state that BSON cannot hold":
        counted = Counter(n=1 << 70)
    return Decision(counted, events=[Counted(deal_id=command.deal_id)], rows=rows, timers=timers)


def ring(state: Counter | None, due: CountingDue, context: Context[Any]) -> Decision[Counter] | None:
    """A hundred up."""
    return Decision(Counter(n=state.n + 100)) if state else None


def refusal(command: Count, error: DomainError, context: Context[Any]) -> Event:
    """The event of a refusal."""
    return Counted(deal_id=command.deal_id, text=error.code)


def counting(folder: Path) -> Service:
    """The declaration; its policy file is written into the folder."""
    policy = folder / "policy.yaml"
    policy.write_text("{}\n")
    router = APIRouter()
    commands(router, {"POST /counters/{deal_id}": Count})
    about = {"mentions": lambda command: [command.about] if command.about else []}
    lines = (on(DEALS.commands, Count, count, COUNTERS, **about), on(DEALS.private, CountingDue, ring, COUNTERS))
    return Service(topics=DEALS, lines=lines, policy=(NoPolicy, policy), refusal=refusal, routers=(router,))


def deployed(addresses: Addresses, prefix: str, folder: Path) -> Deployment:
    """The service with these addresses; every topic has one partition."""
    where: dict[str, Any] = {"kafka": addresses.kafka, "mongo": addresses.mongo, "prefix": prefix, "partitions": 1, "jwt_key": KEY}
    return Deployment.of(counting(folder), Settings.model_validate(where))


@dataclass
class Found:
    """A record as the consumer hands it over."""

    topic: str
    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    key: bytes | None = b"deal-1"
    partition: int = 0
    timestamp: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp() * 1000))


@dataclass
class Bench:
    """One lane of the service. `take` commits records as one batch."""

    deployment: Deployment
    committer: Committer
    lane: Lane
    offset: int = 0

    @classmethod
    async def set_up(cls, addresses: Addresses, prefix: str, folder: Path) -> "Bench":
        """Make the collections and the fences of one lane."""
        deployment = deployed(addresses, prefix, folder)
        committer = Committer(deployment, connect(addresses.mongo), Metrics(deployment.service.name))
        await make_collections(committer.database, deployment.service, deployment.settings)
        lane = Lane(0, 100)
        for name in deployment.subscribed:
            lane.parts[name] = Part(TopicPartition(name, 0), f"{deployment.group}:{name}:0", next=0, open=True)
            await committer.database.fences.insert_one({"_id": lane.parts[name].fence, "next": 0})
        return cls(deployment, committer, lane)

    @property
    def db(self) -> Any:
        """The service's database."""
        return self.committer.database

    def record(self, value: bytes | None, *, id: str = "m1", headers: Sequence[tuple[str, bytes | None]] = (), topic: Any = None) -> Found:
        """The next record of the commands topic, with a foreign publisher's envelope."""
        self.offset += 1
        envelope = [("ce_id", id.encode()), ("ce_source", b"/elsewhere"), ("ce_type", Count.wire_type().encode())]
        return Found(self.deployment.name_of(topic or DEALS.commands), self.offset, value, [*envelope, *headers])

    def count(
        self,
        how: str = "plainly",
        *,
        id: str = "m1",
        headers: Sequence[tuple[str, bytes | None]] = (),
        key: str = "deal-1",
        about: str | None = None,
    ) -> Found:
        """A record with the command."""
        return self.record(Count(deal_id=key, how=how, about=about).model_dump_json().encode(), id=id, headers=headers)

    async def take(self, *records: Found) -> None:
        """Commit the records as one batch of the lane."""
        reader = self.deployment.reader()
        ends = await self.committer.batch([(self.lane, [Taken.of(record, reader.read) for record in records])])
        for part, position in ends.items():
            part.next = position

    def restart(self) -> None:
        """As another process of the service goes on: it does not know what was taken lately."""
        self.committer = Committer(self.deployment, self.committer.client, self.committer.metrics)

    async def ask(self, *hows: str, keys: Sequence[str] = ()) -> list[Answer]:
        """Commit commands as HTTP brings them, all in one transaction; for these aggregates, or all for one."""
        line = self.deployment.service.line_for(Count)
        messages = []
        for n, how in enumerate(hows):
            command = Count(deal_id=keys[n] if keys else "deal-1", how=how)
            m = from_request(line, command, Actor("colleague-1"), f"h{n}", "/http", b"{}", lambda key: 0)
            m.answer_key = m.inbox_id
            messages.append(m)
        return await self.committer.commands(messages)

    async def counted(self, key: str = "deal-1") -> int:
        """How far the aggregate has come."""
        document = await self.db.counters.find_one({"_id": key})
        return document["state"]["n"] if document else 0

    async def take_outbox(self) -> list[Found]:
        """What the outbox holds for the private topic, as records that come in; the outbox is emptied."""
        records = []
        async for document in self.db.outbox.find(sort=[("position", 1), ("part", 1)]):
            for record in unbundled(document["records"]):
                if record.topic == self.deployment.private_topic:
                    self.offset += 1
                    records.append(Found(record.topic, self.offset, record.value, record.headers, record.key))
        await self.db.outbox.delete_many({})
        return records
