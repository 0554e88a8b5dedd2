"""Queries for reading: inboxes, notifications by deal, recipient, channel and state, and counts by state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.mongo import Database
from chassis.people import COLLEAGUES
from contracts.people import ColleagueRecorded
from services.notifications.domain import ROWS, Channel, Directory, Email, Recipient, Team
from services.notifications.store.aggregates import EMAIL, RECIPIENT, TEAM

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which notifications; None is any."""

    about: str | None = None
    recipient: str | None = None
    state: str | None = None
    channel: str | None = None
    kind: str | None = None

    def where(self) -> dict[str, Any]:
        """As a filter."""
        return {name: value for name, value in vars(self).items() if value is not None}


async def list_rows(db: Database, wanted: Wanted, after: str | None, limit: int) -> list[Row]:
    """Notifications in the order of their ids, from behind one of them on."""
    where = wanted.where() | ({"_id": {"$gt": after}} if after else {})
    found: list[Row] = await db[ROWS].find(where).sort("_id", 1).limit(limit).to_list(None)
    return found


async def find_row(db: Database, notification_id: str) -> Row | None:
    """One notification."""
    row: Row | None = await db[ROWS].find_one({"_id": notification_id})
    return row


async def count_states(db: Database, wanted: Wanted) -> list[dict[str, Any]]:
    """How many notifications there are of each kind, channel and state."""
    group = {"_id": {"kind": "$kind", "channel": "$channel", "state": "$state"}, "count": {"$sum": 1}}
    cursor = await db[ROWS].aggregate([{"$match": wanted.where()}, {"$group": group}, {"$sort": {"_id": 1}}])
    return [{**found["_id"], "count": found["count"]} async for found in cursor]


async def list_inbox(db: Database, recipient: str, unread: bool, after: str | None, limit: int) -> list[Row]:
    """An inbox, the latest first, from behind one of its notifications on."""
    where: dict[str, Any] = {"recipient": recipient, "channel": Channel.INBOX.value} | ({"read_at": None} if unread else {})
    if after and (last := await find_row(db, after)):
        where["$or"] = _behind(last["created_at"], after)
    found: list[Row] = await db[ROWS].find(where).sort([("created_at", -1), ("_id", 1)]).limit(limit).to_list(None)
    return found


def _behind(created_at: datetime, id_: str) -> Sequence[Mapping[str, Any]]:
    return [{"created_at": {"$lt": created_at}}, {"created_at": created_at, "_id": {"$gt": id_}}]


async def count_unread(db: Database, recipient: str) -> int:
    """How many notifications of an inbox nobody has read."""
    return int(await db[ROWS].count_documents({"recipient": recipient, "channel": Channel.INBOX.value, "read_at": None}))


async def list_emails(db: Database, recipient: str | None, status: str | None, after: str | None, limit: int) -> list[Email]:
    """E-mails in the order of their ids."""
    where: dict[str, Any] = {"_id": {"$gt": after}} if after else {}
    where |= {f"state.{name}": value for name, value in (("recipient_id", recipient), ("status", status)) if value}
    found = db[EMAIL.collection].find(where).sort("_id", 1).limit(limit)
    return [EMAIL.decode(document["state"], document["schema"]) async for document in found]


async def find_recipient(db: Database, recipient_id: str) -> Recipient | None:
    """A recipient's preferences."""
    document = await db[RECIPIENT.collection].find_one({"_id": recipient_id})
    return RECIPIENT.decode(document["state"], document["schema"]) if document else None


async def find_team(db: Database, account_id: str) -> Team | None:
    """An account's team."""
    document = await db[TEAM.collection].find_one({"_id": account_id})
    return TEAM.decode(document["state"], document["schema"]) if document else None


async def find_colleague(db: Database, person_id: str) -> ColleagueRecorded | None:
    """A colleague's record."""
    document = await db[COLLEAGUES.collection].find_one({"_id": person_id})
    return COLLEAGUES.decode(document["state"], document["schema"]) if document else None


async def list_colleagues(db: Database, role: str | None, department: str | None, after: str | None, limit: int) -> list[ColleagueRecorded]:
    """Colleagues in the order of their ids."""
    where: dict[str, Any] = {"_id": {"$gt": after}} if after else {}
    where |= {name: value for name, value in (("state.roles", role), ("state.department", department)) if value}
    found = db[COLLEAGUES.collection].find(where).sort("_id", 1).limit(limit)
    return [COLLEAGUES.decode(document["state"], document["schema"]) async for document in found]


async def directory_of(db: Database, person_id: str) -> Directory:
    """As much of the directory as it takes to know which inboxes a person may read."""
    colleague = await find_colleague(db, person_id)
    return Directory(departments={person_id: colleague.department} if colleague and colleague.department else {})
