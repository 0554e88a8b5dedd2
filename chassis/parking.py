"""Records that the broker will never take, with the later ones of their aggregate, out of everybody else's way; and their way back."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import bson
import structlog
from pymongo.errors import PyMongoError

from chassis.metrics import Metrics
from chassis.mongo import Conflict, Database, insert, transaction
from chassis.outbox import DOCUMENT_LIMIT, Publication, bundled

log = structlog.get_logger("baton.relay")
LOOK = 2.0
"""Seconds between two looks for what is asked to be put back, while something is parked."""
AT_ONCE, NEVER = 0.0, math.inf


class Parking:
    """The collection `parked`. Sizes are checked when deciding, so a record here means a fault of set-up: it is raised, not hidden.

    Only the relay that holds a lane parks its records and puts them back. A record stands in the outbox or here, never in neither; and all
    rows of an aggregate go back at once: what is parked of it later, asked for or not, would otherwise stay behind or be overtaken.
    `owners`: the aggregates with rows here, of the lanes held. `_due`: when what is asked to be put back is read again.
    """

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database, self._parked, self._metrics = database, database.parked, metrics
        self._held: Mapping[int, Any] | None = None
        self._due = AT_ONCE
        self.owners: frozenset[str] = frozenset()

    async def look(self, held: Mapping[int, Any], publishing: bool = False) -> bool:
        """Know the parked aggregates of the lanes held, by number, and put back those that are asked for. To be called behind a look at the
        outbox: what is not there because somebody parked it is then known to be parked. `publishing`: something was found there, so that
        what is known from before will not do: a relay that has lost its lane may have parked something since.

        Returns whether the outbox must be looked at again: it may have old records by now, which go first.

        Raises:
            PyMongoError: the database did not say.
        """
        due = held is not self._held or time.monotonic() >= self._due
        if not due and not publishing:
            return False
        here = {"lane": {"$in": sorted(held)}}
        asked = await self._parked.distinct("owner", {**here, "again": True}) if due else []
        done = [await self._put_back(owner, here) for owner in asked]
        owners = frozenset(await self._parked.distinct("owner", here))
        # between two assignments others may have parked something or put it back, even where the lanes are the same
        moved = held is not self._held or any(done) or not self.owners <= owners
        self.owners, self._held = owners, held
        later = time.monotonic() + LOOK
        self._due = AT_ONCE if moved else NEVER if not owners else later if due else min(self._due, later)
        self._metrics.parked.set(len(owners))
        return moved or bool(asked)  # what failed may have happened all the same

    async def park(
        self, document: Mapping[str, Any], records: Sequence[Publication], kept: Sequence[bytes], why: Mapping[str, BaseException]
    ) -> None:
        """Move records of an outbox document here, one row for each aggregate, and leave there what is `kept`, packed.

        Nothing is moved if the document is not as it was read: then another instance has the lane, and has dealt with it.

        Raises:
            PyMongoError: the database did not take it, or may have.
        """
        by_owner: dict[str, list[list[Any]]] = {}
        for record in records:
            by_owner.setdefault(record.owner, []).append(list(record))
        held, self._held = self._held, None  # until it is known what became of it
        place = {name: document[name] for name in ("lane", "position", "part")}
        async with transaction(self._database.client) as session:
            as_read, outbox = {"_id": document["_id"], "count": document["count"]}, self._database.outbox
            if kept:
                rest = {"count": len(kept), "records": bundled(kept)}
                found = (await outbox.update_one(as_read, {"$set": rest}, session=session)).matched_count
            else:
                found = (await outbox.delete_one(as_read, session=session)).deleted_count
            if not found:
                log.warning("not parked: another instance has dealt with the records", lane=document["lane"])
                return
            for owner, some in by_owner.items():
                row = {**place, "owner": owner, "reason": _reason(why.get(owner)), "records": some}
                await self._parked.replace_one({"_id": f"{document['_id']}|{owner}"}, row, upsert=True, session=session)
        for owner, some in by_owner.items():
            reason = _reason(why.get(owner))
            log.error("records parked: the broker will never take them", owner=owner, records=len(some), reason=reason)
        self.owners |= by_owner.keys()
        self._held, self._due = held, min(self._due, time.monotonic() + LOOK)
        self._metrics.parked.set(len(self.owners))

    async def _put_back(self, owner: str, here: Mapping[str, Any]) -> bool:
        """Move all rows of an aggregate to their old places in the outbox. Returns whether it is known to be done."""
        theirs = {**here, "owner": owner}
        try:
            async with transaction(self._database.client) as session:
                documents: list[dict[str, Any]] = []
                rows, weight, by = 0, 0, None
                async for row in self._parked.find(theirs, session=session):
                    documents.append(_document(row))
                    rows, weight, by = rows + 1, weight + len(documents[-1]["records"]), row.get("by", by)
                    if weight > DOCUMENT_LIMIT:
                        await insert(self._database, "outbox", documents, session)
                        documents, weight = [], 0
                await insert(self._database, "outbox", documents, session)
                await self._parked.delete_many(theirs, session=session)
        except (PyMongoError, Conflict) as error:  # it stays parked, and holds nobody up
            log.warning("parked records were not put back, trying again", owner=owner, error=repr(error)[:200])
            return False
        log.warning("parked records put back into the outbox", owner=owner, rows=rows, by=by)
        return True


def _reason(error: BaseException | None) -> str:
    return "an earlier record of the aggregate is parked" if error is None else repr(error)[:300]


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    """The outbox document of a row; rows of older builds have no part."""
    records = [Publication(*record).packed() for record in row["records"]]
    place = {"_id": bson.ObjectId(), "lane": row["lane"], "position": row["position"], "part": row.get("part", 0)}
    return {**place, "count": len(records), "records": bundled(records)}
