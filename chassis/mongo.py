"""The database driver, in one place: PyMongo's asynchronous client (ADR 0012)."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]
Collection = AsyncCollection[dict[str, Any]]
Session = AsyncClientSession

MAJORITY, SNAPSHOT = WriteConcern("majority", j=True), ReadConcern("snapshot")
SILENCE_MS = 30_000
"""How long a reply is waited for; longer than any transaction may live, so that only a dead connection is given up."""
COMMAND_LIMIT = 12 << 20
"""Bytes of documents in one command; a command is itself a document of 16 MB at most."""


class Conflict(Exception):
    """Another writer was first, or a newer build wrote. Try again from a fresh snapshot."""


def connect(url: str) -> Client:
    """A client whose writes wait for a journaled majority, and whose reads see only what a majority has."""
    return AsyncMongoClient(
        url,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        serverSelectionTimeoutMS=5_000,
        socketTimeoutMS=SILENCE_MS,
        tz_aware=True,
    )


def outcome_unknown(error: BaseException) -> bool:
    """Whether the commit that raised may have happened all the same."""
    return isinstance(error, PyMongoError) and error.has_error_label("UnknownTransactionCommitResult")


@asynccontextmanager
async def transaction(client: Client) -> AsyncIterator[Session]:
    """A session in a transaction: commits at the end of the block, aborts if it raises."""
    async with client.start_session() as session, await session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY):
        yield session


async def insert(database: Database, collection: str, documents: Sequence[Any], session: Session | None) -> None:
    """Insert by plain commands: a fifth of a message's whole cost less than `insert_many`.

    Raises:
        Conflict: a document with one of the ids is there.
    """
    for chunk in _chunks(documents):
        reply = await database.command({"insert": collection, "documents": chunk, "ordered": False}, session=session)
        _no_errors(reply)


async def replace(database: Database, collection: str, documents: Mapping[str, bytes], session: Session) -> None:
    """Put whole documents, new or not; where they are known to be new, `insert` costs the server half. `documents`: encoded BSON by id.

    Raises:
        Conflict: another writer was first.
    """
    updates = [{"q": {"_id": key}, "u": RawBSONDocument(raw), "upsert": True} for key, raw in documents.items()]
    await update(database, collection, updates, session, size=lambda u: len(u["u"].raw))


async def insert_missing(database: Database, collection: str, documents: Mapping[str, bytes], session: Session) -> None:
    """Insert documents whose ids are not there yet, and leave the others as they are. `documents`: encoded BSON by id.

    Raises:
        Conflict: another writer was first.
    """
    found = database[collection].find({"_id": {"$in": list(documents)}}, {"_id": 1}, session=session, batch_size=len(documents) + 1)
    there = {document["_id"] for document in await found.to_list(None)}
    new = [RawBSONDocument(raw) for key, raw in documents.items() if key not in there]
    await insert(database, collection, new, session)


async def update(
    database: Database, collection: str, updates: Sequence[Any], session: Session | None, size: Callable[[Any], int] | None = None
) -> int:
    """Run update statements (`q`, `u`, `upsert`, `multi`); returns how many documents matched or were upserted.

    Raises:
        Conflict: another writer was first.
    """
    matched = 0
    for chunk in _chunks(updates, size):
        reply = await database.command({"update": collection, "updates": chunk, "ordered": False}, session=session)
        _no_errors(reply)
        matched += int(reply["n"])
    return matched


async def delete(database: Database, collection: str, filters: Iterable[Mapping[str, Any]], session: Session) -> int:
    """Delete one document per filter; returns how many there were."""
    deleted = 0
    for chunk in _chunks([{"q": where, "limit": 1} for where in filters]):
        reply = await database.command({"delete": collection, "deletes": chunk, "ordered": False}, session=session)
        _no_errors(reply)
        deleted += int(reply["n"])
    return deleted


def _no_errors(reply: Mapping[str, Any]) -> None:
    if errors := reply.get("writeErrors"):
        raise Conflict(f"write error {errors[0].get('code')}")


def encoded_size(statement: Mapping[str, Any]) -> int:
    """The bytes of a statement whose documents may be large."""
    return len(bson.encode(statement))


def _size(document: Any) -> int:
    return len(document.raw) if isinstance(document, RawBSONDocument) else 400


def _chunks(documents: Sequence[Any], size: Callable[[Any], int] | None = None) -> Iterator[list[Any]]:
    """Parts that fit one command, by bytes and by the 10,000 statements that this keeps well below the server's limit."""
    chunk: list[Any] = []
    weight = 0
    for document in documents:
        bytes_ = (size or _size)(document)
        if chunk and (weight + bytes_ > COMMAND_LIMIT or len(chunk) >= 10_000):
            yield chunk
            chunk, weight = [], 0
        chunk.append(document)
        weight += bytes_
    if chunk:
        yield chunk
