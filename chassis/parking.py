"""Records that the broker will never take, with the later ones of their aggregate, out of everybody else's way."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from chassis.metrics import Metrics
from chassis.mongo import Database
from chassis.outbox import Publication

log = structlog.get_logger("baton.relay")


class Parking:
    """The collection `parked`. Sizes are checked when deciding, so a record here means a fault of set-up: it is raised, not hidden."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._parked, self._metrics = database.parked, metrics
        self._held: Mapping[int, Any] | None = None
        self.owners: frozenset[str] = frozenset()

    async def load(self, held: Mapping[int, Any]) -> None:
        """Know the parked aggregates of the lanes held, by number: read once an assignment, for between two others may park something, even
        where the lanes are the same."""
        if held is not self._held:
            owners = await self._parked.distinct("owner", {"lane": {"$in": sorted(held)}})
            self.owners, self._held = frozenset(owners), held
            self._metrics.parked.set(len(self.owners))

    async def park(self, document: Mapping[str, Any], records: Sequence[Publication], why: Mapping[str, BaseException]) -> None:
        """Move records of an outbox document here, one row for each aggregate."""
        by_owner: dict[str, list[list[Any]]] = {}
        for record in records:
            by_owner.setdefault(record.owner, []).append(list(record))
        for owner, some in by_owner.items():
            reason = repr(why[owner])[:300] if owner in why else "an earlier record of the aggregate is parked"
            row = {"lane": document["lane"], "position": document["position"], "owner": owner, "reason": reason, "records": some}
            await self._parked.replace_one({"_id": f"{document['_id']}|{owner}"}, row, upsert=True)
            log.error("records parked: the broker will never take them", owner=owner, records=len(some), reason=reason)
        self.owners |= by_owner.keys()
        self._metrics.parked.set(len(self.owners))
