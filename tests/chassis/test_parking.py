"""What a relay knows of parked aggregates as lanes come and go."""

from collections.abc import Sequence
from typing import Any

import bson
import pytest
from aiokafka import TopicPartition

from chassis.holding import Holding
from chassis.metrics import Metrics
from chassis.outbox import Page, Publication
from chassis.relay import Relay
from tests.chassis.given import a_deployment

TP = TopicPartition("baton.deals.commands", 0)


class Found:
    """What a look at the outbox finds."""

    def __init__(self, documents: list[Any]) -> None:
        self._documents = documents

    async def to_list(self, _: Any) -> list[Any]:
        """The documents."""
        return self._documents


class Database:
    """An outbox, and `parked`, which other instances write too: `parked_by_others` while the outbox is looked at."""

    def __init__(self) -> None:
        self.owners: list[str] = []
        self.parked_by_others: list[str] = []
        self.outbox: list[Any] = []
        self.parked = self

    def get_collection(self, *_: Any, **__: Any) -> "Database":
        """The outbox."""
        return self

    def find(self, *_: Any, **__: Any) -> Found:
        """Look into it."""
        self.owners += self.parked_by_others
        return Found(self.outbox)

    async def distinct(self, _: str, where: dict[str, Any]) -> list[str]:
        """Owners of the parked rows; none is asked to be put back."""
        return [] if "again" in where else list(self.owners)


class Consumer:
    """Does as it is told."""

    def pause(self, *_: Any) -> None:
        """Hand nothing over."""

    def seek(self, *_: Any) -> None:
        """Go on from elsewhere."""


class Subscriber:
    """Has a consumer."""

    consumer = Consumer()


def _holding(database: Database) -> Holding:
    """What an instance holds that was given a lane."""
    holding = Holding(a_deployment(), database, Metrics("test"), "this instance")  # type: ignore[arg-type]
    holding.subscriber = Subscriber()
    holding.add(TP)
    return holding


async def test_the_same_lanes_in_another_assignment_are_asked_again_what_is_parked() -> None:
    """Guarantee: what another instance parked meanwhile is not overtaken by the aggregate's later records."""
    database = Database()
    holding = _holding(database)
    relay = Relay(holding)
    assert await relay._publish_all(afresh=True) is None
    database.owners = ["deal-1"]
    assert await relay._publish_all(afresh=True) is None
    assert relay.parked == frozenset(), "asked once an assignment"
    holding.drop_all()
    holding.add(TP)
    assert await relay._publish_all(afresh=True) is None
    assert relay.parked == {"deal-1"}


async def test_what_is_parked_while_the_outbox_is_looked_at_is_not_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: the lane's last holder may park a record, which is then missing from the outbox, up to the moment of this one's look: what
    is parked is read behind it."""
    database, sent = Database(), list[Publication]()
    relay = Relay(_holding(database))
    page = Page(0, 2)
    page.add(Publication("baton.deals.events", 0, b"deal-1", b"the second", [], "deal-1"))
    database.outbox, database.parked_by_others = [bson.decode(document.raw) for document in page.documents()], ["deal-1"]

    async def send(records: Sequence[Publication]) -> list[None]:
        sent.extend(records)
        return [None] * len(records)

    async def settle(*_: Any) -> None:
        pass

    monkeypatch.setattr(relay._sender, "send", send)
    monkeypatch.setattr(relay, "_settle", settle)
    assert await relay._publish_all(afresh=True) is None
    assert (sent, relay.parked) == ([], {"deal-1"})


async def test_the_first_look_of_an_assignment_is_done_again() -> None:
    """Guarantee: what the lane's last holder puts back between a look at the outbox and one at what is parked is seen by another look."""
    holding = _holding(Database())
    parking = Relay(holding)._parking
    assert await parking.look(holding.lanes)
    assert not await parking.look(holding.lanes)
