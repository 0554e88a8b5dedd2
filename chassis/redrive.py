"""Trying dead letters again: they re-enter the same subscription line through the private topic, in their original order."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chassis import headers as names
from chassis.commit import Committer
from chassis.dead_letters import DISCARDED, OPEN, REDRIVING
from chassis.decision import DomainError
from chassis.mongo import Conflict, Database, insert, transaction, update
from chassis.outbox import Page, Publication, json_bytes

AT_ONCE = 200
BYTES_AT_ONCE = 4 << 20
"""Letters in one transaction at most, and about how many bytes of them: each may carry a record of a megabyte."""
NAMED = 10
"""Letters that an error names at most."""
ORDER = [("lane", 1), ("timestamp", 1), ("topic", 1), ("partition", 1), ("offset", 1)]
"""As they came, by lane."""


class NotWhole(DomainError):
    """The letter holds only the beginning of its record: what was sent again would be another message."""

    code = "not_whole"


async def applied_since(database: Database, letters: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """For each letter, by id, how many messages have changed its aggregate since; letters are left out where that is not known."""
    since: dict[str, int] = {}
    by_collection: dict[str, list[Mapping[str, Any]]] = {}
    for letter in letters:
        if letter.get("collection"):
            by_collection.setdefault(letter["collection"], []).append(letter)
    for collection, some in by_collection.items():
        keys = list({letter["key"] for letter in some})
        found = database[collection].find({"_id": {"$in": keys}}, {"applied": 1})
        applied = {row["_id"]: row.get("applied", 0) for row in await found.to_list(None)}
        for letter in some:
            now = applied.get(letter["key"], 0)
            if isinstance(now, int):  # else the document is broken there
                since[letter["_id"]] = now - (letter["applied"] or 0)
    return since


async def redrive(committer: Committer, where: Mapping[str, Any], by: str) -> list[str]:
    """Send the open letters that match `where` through their lines again; returns their ids. `by`: the person who says so.

    Raises:
        NotWhole: some of them hold only the beginning of their record; nothing was redriven.
        PyMongoError, Conflict: the database did not take it, or somebody else redrove some of them; what was redriven before stays so.
    """
    await demand_whole(committer.database, where)
    sent: list[str] = []
    while True:
        wanted = {"$and": [{"status": OPEN}, dict(where), {"_id": {"$nin": sent}, "full_size": None}]}
        letters = await _next(committer.database, wanted)
        if not letters:
            return sent
        await _send(committer, letters, by)
        sent += [letter["_id"] for letter in letters]


async def demand_whole(database: Database, where: Mapping[str, Any]) -> None:
    """Make sure that the open letters that match `where` hold their records whole.

    Raises:
        NotWhole: some do not.
    """
    cut = {"$and": [{"status": OPEN}, dict(where), {"full_size": {"$ne": None}}]}
    if count := await database.dead_letters.count_documents(cut):
        some = await database.dead_letters.find(cut, {"_id": 1}, sort=[("_id", 1)], limit=NAMED).to_list(None)
        ids = [letter["_id"] for letter in some]
        raise NotWhole(
            f"{count} of these dead letters hold only the beginning of a record that was too large, and cannot be tried again: choose "
            f"others, or discard {', '.join(ids)}{', …' if count > NAMED else ''}",
            field="ids",
        )


async def _next(database: Database, wanted: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    letters: list[Mapping[str, Any]] = []
    weight = 0
    async for letter in database.dead_letters.find(wanted, sort=ORDER, limit=AT_ONCE):
        letters.append(letter)
        weight += len(letter["value"] or b"")
        if weight > BYTES_AT_ONCE:
            break
    return letters


async def _send(committer: Committer, letters: Sequence[Mapping[str, Any]], by: str) -> None:
    pages: dict[int, Page] = {}
    for letter in letters:
        record = _record(committer, letter)
        pages.setdefault(record.partition, Page(record.partition, time.time_ns() // 1000)).add(record)
    changed = {"status": REDRIVING, "by": by, "changed_at": datetime.now(UTC)}
    statements = [{"q": {"_id": letter["_id"], "status": OPEN}, "u": {"$set": changed}} for letter in letters]
    async with transaction(committer.client) as session:
        if await update(committer.database, "dead_letters", statements, session) != len(letters):
            raise Conflict("some of the letters are not open any more")  # else what somebody else redrives would be sent twice
        await insert(committer.database, "outbox", [document for page in pages.values() for document in page.documents()], session)


def _record(committer: Committer, letter: Mapping[str, Any]) -> Publication:
    deployment = committer.deployment
    origin = [letter["topic"], letter["partition"], letter["offset"], letter["timestamp"]]
    headers = [(name, value) for name, value in letter["headers"] if name != names.UNREADABLE]
    headers += [(names.REDRIVE, letter["_id"].encode()), (names.ORIGIN, json_bytes(origin)), (names.ACTOR, json_bytes(letter["actor"]))]
    if refusal := letter.get("refusal"):
        headers.append((names.REFUSAL, json_bytes(refusal)))
    if timer := letter.get("timer"):
        headers += [(names.TIMER, timer[0].encode()), (names.GENERATION, str(timer[1]).encode())]
    key, lane = letter["record_key"], letter["lane"]
    if letter["line"]:
        headers.append((names.LINE, letter["line"].encode()))
        if letter["type"] and letter["collection"]:
            key, lane = letter["key"].encode(), deployment.lane_of(letter["key"])
    return Publication(deployment.private_topic, lane, key, letter["value"], headers, letter["key"] or letter["_id"])


async def discard(database: Database, where: Mapping[str, Any], by: str) -> int:
    """Give up on the open letters that match `where`; returns how many. They stay on record, with who said so."""
    changed = {"status": DISCARDED, "by": by, "changed_at": datetime.now(UTC)}
    result = await database.dead_letters.update_many({"$and": [{"status": OPEN}, dict(where)]}, {"$set": changed})
    return int(result.modified_count)
