"""The two drivers of MongoDB that the plain loop is written for, and the one difference between them: how a transaction begins."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

MAJORITY, SNAPSHOT = WriteConcern("majority", j=True), ReadConcern("snapshot")


def connect(url: str, driver: str) -> Any:
    """A client of `motor` or `pymongo` whose writes wait for a journaled majority."""
    options: dict[str, Any] = {"w": "majority", "journal": True, "readConcernLevel": "majority", "tz_aware": True}
    if driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient(url, **options)
    return AsyncMongoClient(url, **options)


def transactions(client: Any, driver: str) -> Callable[[], Any]:
    """Makes transactions of the client: each commits at the end of its block, and aborts if it raises."""
    return asynccontextmanager(_motor if driver == "motor" else _pymongo).__get__(client)


async def _motor(client: Any) -> AsyncIterator[Any]:
    async with await client.start_session() as session, session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY):
        yield session


async def _pymongo(client: Any) -> AsyncIterator[Any]:
    async with (
        client.start_session() as session,
        await session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY),
    ):
        yield session
