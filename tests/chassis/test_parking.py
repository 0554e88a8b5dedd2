"""What a relay knows of parked aggregates as lanes come and go."""

from typing import Any

from aiokafka import TopicPartition

from chassis.holding import Holding
from chassis.metrics import Metrics
from chassis.relay import Relay
from tests.chassis.given import a_deployment

TP = TopicPartition("baton.deals.commands", 0)


class Nothing:
    """What an empty outbox finds."""

    async def to_list(self, _: Any) -> list[Any]:
        """No document."""
        return []


class Database:
    """An empty outbox, and `parked`, which other instances write too."""

    def __init__(self) -> None:
        self.owners: list[str] = []
        self.parked = self

    def get_collection(self, *_: Any, **__: Any) -> "Database":
        """The outbox."""
        return self

    def find(self, *_: Any, **__: Any) -> Nothing:
        """Look into it."""
        return Nothing()

    async def distinct(self, *_: Any) -> list[str]:
        """Owners of the parked rows."""
        return list(self.owners)


class Consumer:
    """Does as it is told."""

    def pause(self, *_: Any) -> None:
        """Hand nothing over."""

    def seek(self, *_: Any) -> None:
        """Go on from elsewhere."""


class Subscriber:
    """Has a consumer."""

    consumer = Consumer()


async def test_the_same_lanes_in_another_assignment_are_asked_again_what_is_parked() -> None:
    """Guarantee: what another instance parked meanwhile is not overtaken by the aggregate's later records."""
    database = Database()
    holding = Holding(a_deployment(), database, Metrics("test"), "this instance")  # type: ignore[arg-type]
    holding.subscriber = Subscriber()
    relay = Relay(holding)
    holding.add(TP)
    assert await relay._publish_all() is None
    database.owners = ["deal-1"]
    assert await relay._publish_all() is None
    assert relay.parked == frozenset(), "asked once an assignment"
    holding.drop_all()
    holding.add(TP)
    assert await relay._publish_all() is None
    assert relay.parked == {"deal-1"}
