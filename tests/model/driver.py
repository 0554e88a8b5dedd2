"""What the chassis uses of PyMongo's asynchronous client, over a connection of the model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from tests.model.connection import TRANSIENT, Connection, Session, lost
from tests.model.documents import CODEC, Document, plain
from tests.model.network import Request, always

MAJORITY_READ, MAJORITY_WRITE = ReadConcern("majority"), WriteConcern("majority", j=True)


class Client(Connection):
    """A client: reads and writes are of a majority unless a collection says otherwise, as `chassis.mongo.connect` has it."""

    def __getitem__(self, name: str) -> "Database":
        return Database(self)


class Cursor:
    """A find that has not been asked yet; all of it comes in one reply."""

    def __init__(self, client: Client, name: str, act: Callable[[], list[Document]], session: Session | None) -> None:
        self._client, self._name, self._act, self._session = client, name, act, session

    async def to_list(self, length: int | None) -> list[Document]:
        """All documents."""
        found: list[Document] = await self._client.read(self._name, self._act, self._session)
        return found


class Database:
    """The one database of a service."""

    codec_options = CODEC

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> "Collection":
        return Collection(self._client, name)

    def __getitem__(self, name: str) -> "Collection":
        return Collection(self._client, name)

    def get_collection(
        self, name: str, write_concern: WriteConcern = MAJORITY_WRITE, read_concern: ReadConcern = MAJORITY_READ
    ) -> "Collection":
        """A collection with concerns of its own."""
        return Collection(self._client, name, write_concern, read_concern)

    async def command(self, command: str | Mapping[str, Any], session: Session | None = None, codec_options: Any = None) -> dict[str, Any]:
        """`hello`, `insert`, `update` or `delete`."""
        server = self._client.server
        if isinstance(command, str):
            return await self._client.read(command, lambda: {"localTime": server.clock.moment}, None)
        (verb, name), *_ = command.items()
        transaction = session.transaction if session else None
        statements = [plain(statement) for statement in command[{"insert": "documents", "update": "updates", "delete": "deletes"}[verb]]]

        def act() -> dict[str, Any]:
            if verb == "insert":
                errors, timestamp = server.insert(transaction, name, statements)
                return {"n": len(statements) - len(errors), "at": timestamp, **({"writeErrors": errors} if errors else {})}
            done = [
                server.update(transaction, name, s) if verb == "update" else server.delete(transaction, name, s["q"], s["limit"])
                for s in statements
            ]
            return {"n": sum(n for n, _ in done), "at": max((at for _, at in done), default=0)}

        label = TRANSIENT if transaction else None
        ready = always if transaction else lambda: all(server.is_free(name, s.get("q", s)) for s in statements)
        request = Request(self._client.process, f"{verb} {name}", act, lost(label), lasting=not transaction, ready=ready)
        reply: dict[str, Any] = await self._client.network.call(request)
        if not transaction:
            await self._client.await_majority(reply["at"], None)
        return reply


class Collection:
    """A collection with its concerns."""

    def __init__(self, client: Client, name: str, write_concern: WriteConcern = MAJORITY_WRITE, read: ReadConcern = MAJORITY_READ) -> None:
        self._client, self._server, self._name = client, client.server, name
        self._write_concern, self._majority = write_concern, read.level in ("majority", "snapshot")

    def find(
        self,
        where: Mapping[str, Any],
        projection: Any = None,
        *,
        session: Session | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        batch_size: int = 0,
    ) -> Cursor:
        """Documents that match, sorted, so many at most."""
        where = plain(where)

        def act() -> list[Document]:
            found = self._server.read(session.transaction if session else None, self._name, where, self._majority)
            for name, direction in reversed(sort):
                found.sort(key=lambda document: document[name], reverse=direction < 0)
            return found[:limit] if limit else found

        return Cursor(self._client, f"find {self._name}", act, session)

    async def find_one(self, where: Mapping[str, Any], session: Session | None = None) -> Document | None:
        """The first document that matches."""
        found = await self.find(where, session=session, limit=1).to_list(None)
        return found[0] if found else None

    async def distinct(self, field: str, where: Mapping[str, Any]) -> list[Any]:
        """The values of a field."""
        return list({document[field]: None for document in await self.find(where).to_list(None)})

    async def update_one(self, where: Mapping[str, Any], update: Mapping[str, Any], upsert: bool = False) -> None:
        """Change the first document that matches."""
        await self._update({"q": where, "u": update, "upsert": upsert})

    async def update_many(self, where: Mapping[str, Any], update: Mapping[str, Any]) -> None:
        """Change every document that matches."""
        await self._update({"q": where, "u": update, "multi": True})

    async def bulk_write(self, statements: Sequence[UpdateOne], ordered: bool) -> None:
        """Update by update: each may be the last that comes to pass."""
        assert not ordered
        for statement in statements:
            await self._update({"q": statement._filter, "u": statement._doc})

    async def replace_one(self, where: Mapping[str, Any], document: Mapping[str, Any], upsert: bool = False) -> None:
        """Put another document in its place."""
        await self._update({"q": where, "u": document, "upsert": upsert})

    async def _update(self, statement: Mapping[str, Any]) -> None:
        statement = plain(statement)
        server, name = self._server, self._name
        await self._write("update", lambda: server.update(None, name, statement)[1], statement["q"])

    async def delete_one(self, where: Mapping[str, Any]) -> None:
        """Delete the first document that matches."""
        await self._delete(where, 1)

    async def delete_many(self, where: Mapping[str, Any]) -> None:
        """Delete every document that matches."""
        await self._delete(where, 0)

    async def _delete(self, where: Mapping[str, Any], limit: int) -> None:
        server, name, where = self._server, self._name, plain(where)
        await self._write("delete", lambda: server.delete(None, name, where, limit)[1], where)

    async def _write(self, verb: str, act: Callable[[], int], where: Mapping[str, Any]) -> None:
        server, name = self._server, self._name
        await self._client.write(f"{verb} {name}", act, lambda: server.is_free(name, where), self._write_concern)

    async def insert_many(self, documents: Sequence[Mapping[str, Any]], ordered: bool = True) -> None:
        """Insert, past those that are there already.

        Raises:
            BulkWriteError: some were.
        """
        assert not ordered
        reply = await Database(self._client).command({"insert": self._name, "documents": documents})
        if errors := reply.get("writeErrors"):
            raise BulkWriteError({"writeErrors": errors})
