"""Parked aggregates as operators see them: listed without what their records say, and asked to be put back. The relay does it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.mongo import Database

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WITHOUT_RECORDS = {
    **dict.fromkeys(("owner", "lane", "position", "part", "reason", "again", "by", "asked_at"), 1),
    "count": {"$size": "$records"},
    "topics": {"$setUnion": [{"$map": {"input": "$records", "in": {"$arrayElemAt": ["$$this", 0]}}}]},
}
"""A row with its records counted, and their topics, by the server: they may have megabytes."""
AGGREGATE = {
    "_id": "$owner",
    "lanes": {"$addToSet": "$lane"},
    "records": {"$sum": "$count"},
    "position": {"$first": "$position"},
    "reason": {"$first": "$reason"},
    "topics": {"$addToSet": "$topics"},
    "again": {"$max": "$again"},
    "by": {"$max": "$by"},
    "asked_at": {"$max": "$asked_at"},
}
"""All rows of one aggregate; the first one's reason is what the others wait for."""


async def aggregates(database: Database, where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """The parked aggregates that match a filter of their rows, at most `limit`, in the order of their owners.

    `since`: when the oldest of their records was decided, which is what its `position` says. `again`: whether they are asked to be put
    back; `by` and `asked_at`: by whom, and when.
    """
    page: list[dict[str, Any]] = [{"$match": dict(where)}, {"$group": {"_id": "$owner"}}, {"$sort": {"_id": 1}}, {"$limit": limit}]
    owners = [row["_id"] async for row in await database.parked.aggregate(page)]
    steps: list[dict[str, Any]] = [
        {"$match": {"owner": {"$in": owners}}},
        {"$project": WITHOUT_RECORDS},
        {"$sort": {"owner": 1, "position": 1, "part": 1}},
        {"$group": AGGREGATE},
        {"$sort": {"_id": 1}},
    ]
    return [_shown(row) async for row in await database.parked.aggregate(steps)]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "owner": row["_id"],
        "lanes": sorted(row["lanes"]),
        "records": row["records"],
        "position": row["position"],
        "since": EPOCH + timedelta(microseconds=row["position"]),
        "reason": row["reason"],
        "topics": sorted({topic for topics in row["topics"] for topic in topics}),
        "again": bool(row["again"]),
        "by": row["by"],
        "asked_at": row["asked_at"],
    }


async def owners_of(database: Database, owners: Sequence[str] | None) -> list[str]:
    """Those of the aggregates that are parked, or all that are when None; in order."""
    return sorted(await database.parked.distinct("owner", {} if owners is None else {"owner": {"$in": list(owners)}}))


async def ask_again(database: Database, owners: Sequence[str], by: str) -> None:
    """Mark all rows of the aggregates, for the relays that hold their lanes. `by`: the person who says so."""
    asked = {"again": True, "by": by, "asked_at": datetime.now(UTC)}
    await database.parked.update_many({"owner": {"$in": list(owners)}}, {"$set": asked})
