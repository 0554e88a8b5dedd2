"""A connection of the model: sessions, transactions, and one request for each statement and for each wait for a majority."""

from collections.abc import Callable
from typing import Any

from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from tests.model.network import Network, Request
from tests.model.server import TRANSIENT, Server, Transaction

UNKNOWN = "UnknownTransactionCommitResult"


def lost(label: str | None = None) -> Callable[[], PyMongoError]:
    """What PyMongo raises when a connection breaks."""
    return lambda: _labelled(AutoReconnect("connection closed"), label)


def _labelled(error: PyMongoError, label: str | None) -> PyMongoError:
    if label:
        error._add_error_label(label)
    return error


class Connection:
    """A process's connection. Reads and writes are of a majority unless a collection says otherwise, as `chassis.mongo.connect` has it."""

    def __init__(self, network: Network, server: Server, process: Any) -> None:
        self.network, self.server, self.process = network, server, process

    def start_session(self) -> "Session":
        """A session."""
        return Session(self)

    async def read(self, name: str, act: Callable[[], Any], session: "Session | None") -> Any:
        """A request that changes nothing."""
        return await self.network.call(Request(self.process, name, act, lost(TRANSIENT if session else None)))

    async def write(self, name: str, act: Callable[[], int], ready: Callable[[], bool], concern: WriteConcern) -> None:
        """A request outside a transaction; `act` gives the timestamp."""
        timestamp = await self.network.call(Request(self.process, name, act, lost(), lasting=True, ready=ready))
        if concern.document.get("w") == "majority":
            await self.await_majority(timestamp, None)

    async def await_majority(self, timestamp: int, label: str | None) -> None:
        """Wait until a majority has it; one that has it already is not waited for.

        Raises:
            AutoReconnect: it was rolled back, or the connection broke.
        """

        def act() -> None:
            try:
                self.server.await_majority(timestamp)
            except AutoReconnect as error:
                raise _labelled(error, label) from None

        await self.network.call(Request(self.process, "await majority", act, lost(label)))


class Session:
    """A session, and the transaction in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.transaction: Transaction | None = None

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *_: Any) -> None:
        """A session ends without a word."""

    async def start_transaction(self, read_concern: ReadConcern, write_concern: WriteConcern) -> "InTransaction":
        """A transaction that commits at the end of a block."""
        assert (read_concern.level, write_concern.document.get("w")) == ("snapshot", "majority")
        self.transaction = Transaction(self._connection.process)
        return InTransaction(self._connection, self.transaction)


class InTransaction:
    """The block of a transaction: commits at its end, aborts if it raises."""

    def __init__(self, connection: Connection, transaction: Transaction) -> None:
        self._connection, self._transaction = connection, transaction

    async def __aenter__(self) -> None:
        """The server learns of a transaction by its first statement."""

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        connection, transaction = self._connection, self._transaction
        server = connection.server
        if kind is None:
            await self._commit()
        elif transaction.open and transaction.snapshot is not None:
            try:
                await connection.read("abort", lambda: server.abort(transaction), None)
            except PyMongoError:
                return  # the driver keeps this to itself; the transaction ends by its age

    async def _commit(self) -> None:
        connection, transaction = self._connection, self._transaction
        server = connection.server

        def refuse() -> Exception:
            server.abort(transaction)
            return OperationFailure("the primary aborted it", 251, {"errorLabels": [TRANSIENT], "codeName": "NoSuchTransaction"})

        request = Request(connection.process, "commit", lambda: server.commit(transaction), lost(UNKNOWN), lasting=True, refuse=refuse)
        timestamp = await connection.network.call(request)
        await connection.await_majority(timestamp, UNKNOWN)
