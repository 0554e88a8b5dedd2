"""What a relay knows of parked aggregates as lanes come and go."""

from typing import Any

from chassis.metrics import Metrics
from chassis.parking import Parking


class Collection:
    """`parked`, with rows that others write too."""

    def __init__(self) -> None:
        self.owners: list[str] = []

    async def distinct(self, *_: Any) -> list[str]:
        """Owners of the rows."""
        return list(self.owners)


class Database:
    """Has one collection."""

    def __init__(self) -> None:
        self.parked = Collection()


async def test_lanes_that_come_back_are_asked_again_what_is_parked() -> None:
    """Guarantee: what another instance parked meanwhile is not overtaken by the aggregate's later records."""
    database = Database()
    parking = Parking(database, Metrics("test"))  # type: ignore[arg-type]
    await parking.load([0, 1])
    parking.forget()
    database.parked.owners = ["deal-1"]
    await parking.load([0, 1])
    assert parking.owners == {"deal-1"}
