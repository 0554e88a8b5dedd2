"""The queue of e-mails: claimed under a lease, fenced before they are handed over, found again when a lease lapses.

What these write is nobody's news, so they change the document themselves, by majority; whatever is published goes through a decider.
Moments are compared by the clocks of the instances, which is why a lease is much longer than those can differ.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog

from chassis.mongo import Database
from chassis.stored import Stored, Unreadable
from services.notifications.domain import Email, Status
from services.notifications.store.aggregates import EMAIL

log = structlog.get_logger("baton.mail")


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(document: dict[str, Any]) -> Email:
    email = Stored.read(EMAIL, document).state
    assert isinstance(email, Email)
    return email


def _read_or_leave(document: dict[str, Any]) -> Email | None:
    """The e-mail; None where somebody broke its document, which must not keep the others from being sent."""
    try:
        return _read(document)
    except Unreadable as error:
        log.error("an e-mail is left alone", fault=str(error))
        return None


def _mine(lanes: Iterable[int]) -> dict[str, Any]:
    return {"lane": {"$in": sorted(lanes)}, "schema": {"$lte": EMAIL.schema}, "state.attempt": {"$type": "number"}}


async def claim(db: Database, lanes: Iterable[int], holder: str, now: datetime, until: datetime) -> Email | None:
    """The next e-mail to send from these lanes, claimed until then as a new attempt; None if there is none.

    One whose holder went silent before handing it over is claimed anew: certainly nobody took it.
    """
    ready = [
        {"state.status": Status.QUEUED.value, "state.not_before": {"$lte": _stored(now)}},
        {"state.status": Status.CLAIMED.value, "state.lease_until": {"$lt": _stored(now)}},
    ]
    claimed = {"state.status": Status.CLAIMED.value, "state.holder": holder, "state.lease_until": _stored(until)}
    change = {"$set": claimed, "$inc": {"state.attempt": 1}}
    while document := await db[EMAIL.collection].find_one_and_update({**_mine(lanes), "$or": ready}, change, return_document=True):
        if email := _read_or_leave(document):
            return email
    return None


async def hand_over(db: Database, email: Email, until: datetime) -> bool:
    """Note that the e-mail is about to be handed to the provider; False if the attempt has been overtaken, and must not go on."""
    mine = {"_id": email.email_id, "state.status": Status.CLAIMED.value, "state.attempt": email.attempt}
    sending = {"state.status": Status.SENDING.value, "state.lease_until": _stored(until)}
    result = await db[EMAIL.collection].update_one(mine, {"$set": sending})
    return result.matched_count == 1


async def silent(db: Database, lanes: Iterable[int], now: datetime) -> list[Email]:
    """E-mails of these lanes that were handed over, and whose holder has not said in time how it went."""
    lapsed = {"state.status": Status.SENDING.value, "state.lease_until": {"$lt": _stored(now)}}
    found = await db[EMAIL.collection].find({**_mine(lanes), **lapsed}).limit(100).to_list(None)
    return [email for document in found if (email := _read_or_leave(document))]


async def find_email(db: Database, email_id: str) -> Email | None:
    """One e-mail."""
    document = await db[EMAIL.collection].find_one({"_id": email_id})
    return _read(document) if document else None
