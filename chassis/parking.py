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
        self._lanes: list[int] = []
        self.owners: frozenset[str] = frozenset()

    async def load(self, lanes: list[int]) -> None:
        """Know the parked aggregates of the lanes held; read only when the lanes have changed."""
        if lanes != self._lanes:
            owners = await self._parked.distinct("owner", {"lane": {"$in": lanes}})
            self.owners, self._lanes = frozenset(owners), list(lanes)
            self._metrics.parked.set(len(self.owners))

    def forget(self) -> None:
        """No lane is held: when they come back, others may have parked something meanwhile."""
        self.owners, self._lanes = frozenset(), []
        self._metrics.parked.set(0)

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
