"""The snapshot of reference data that deciders see: loaded whole, and again when its version in the database has moved on."""

from collections.abc import Iterable
from typing import Any

import structlog

from chassis.mongo import Database, Session
from chassis.service import Reference
from chassis.stored import Unreadable

log = structlog.get_logger("baton.reference")
VERSION = "reference"


class Snapshot:
    """Holds what was loaded last. Every transaction asks for the version, which is one read by id."""

    def __init__(self, reference: Reference | None) -> None:
        self._reference, self._version, self._value = reference, -1, None

    async def get(self, database: Database, session: Session) -> Any:
        """The reference data as this transaction's snapshot of the database has it; None where the service has none.

        Raises:
            Unreadable: a document of it cannot be read. Everything waits until it is mended: what is decided without it would be wrong.
        """
        if self._reference is None:
            return None
        row = await database.versions.find_one({"_id": VERSION}, session=session)
        version = row["version"] if row else 0
        if version != self._version:
            try:
                self._value = await self._reference.load(database, session)
            except Unreadable as error:
                log.error("the reference data cannot be read, and nothing is decided without it", fault=str(error))
                raise
            self._version = version
        return self._value


async def bump(database: Database, reference: Reference | None, written: Iterable[str], session: Session) -> None:
    """Move the version on if one of the reference's collections was written."""
    if reference and not set(reference.collections).isdisjoint(written):
        await database.versions.update_one({"_id": VERSION}, {"$inc": {"version": 1}}, upsert=True, session=session)
