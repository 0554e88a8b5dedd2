"""The database server of the model: a replica set of which only the primary's log and the majority's are told apart.

- A transaction reads a snapshot: what the primary has at its first operation. It writes into a space of its own. A write to a document
  that another open transaction has written, or that has changed since the snapshot, fails at once with WriteConflict (112,
  `TransientTransactionError`) and aborts the transaction: the first writer wins.
- A commit applies its writes to the primary's log, all at once. Under write concern majority the reply then waits for replication: a
  step-down in between undoes the commit, and its caller learns `UnknownTransactionCommitResult`.
- Reads with majority concern see the last state that is on a majority, which lags behind the primary; with local concern, the primary's.
- A write outside a transaction waits for open transactions that have written its documents.
- A step-down aborts all open transactions and undoes what is not on a majority.
- A transaction that nobody ends is aborted after `LIFETIME` seconds; its locks last as long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import AutoReconnect, OperationFailure

from tests.model.documents import Document, changed, matches
from tests.model.loop import Clock
from tests.model.versions import Place, Versions

LIFETIME = 10.0
TRANSIENT = "TransientTransactionError"
Applied = Callable[[Any, dict[Place, tuple[Document | None, Document | None]]], None]


@dataclass(eq=False)
class Transaction:
    """One transaction; its snapshot is taken at its first operation. `owner`: the process that runs it."""

    owner: Any
    snapshot: int | None = None
    began: float = 0.0
    writes: dict[Place, Document | None] = field(default_factory=dict)
    open: bool = True


@dataclass
class Server:
    """Documents, open transactions and their locks. `applied` is told of every commit: who, and each document before and after."""

    clock: Clock
    applied: Applied
    versions: Versions = field(default_factory=Versions)
    transactions: list[Transaction] = field(default_factory=list)
    locks: dict[Place, Transaction] = field(default_factory=dict)

    # ---- transactions -----------------------------------------------------------------------------------------

    def enter(self, transaction: Transaction) -> None:
        """Begin, or go on with, a transaction.

        Raises:
            OperationFailure: it is over (NoSuchTransaction).
        """
        self.expire()
        if not transaction.open:
            raise OperationFailure("Transaction has been aborted.", 251, {"errorLabels": [TRANSIENT], "codeName": "NoSuchTransaction"})
        if transaction.snapshot is None:
            transaction.snapshot, transaction.began = self.versions.latest, self.clock.now
            self.transactions.append(transaction)

    def commit(self, transaction: Transaction) -> int:
        """Apply it to the primary; the timestamp that a majority must have before the caller may be told."""
        self.enter(transaction)
        if transaction.writes:
            before = {place: self.versions.get(place, self.versions.latest) for place in transaction.writes}
            self.applied(transaction.owner, {place: (before[place], after) for place, after in transaction.writes.items()})
            timestamp = self.versions.write(transaction.writes)
        else:
            timestamp = transaction.snapshot or 0
        self.abort(transaction)
        return timestamp

    def abort(self, transaction: Transaction) -> None:
        """End it; its locks are free."""
        transaction.open = False
        self.transactions = [other for other in self.transactions if other is not transaction]
        self.locks = {place: holder for place, holder in self.locks.items() if holder is not transaction}

    def expire(self) -> None:
        """Abort what has lived too long."""
        for transaction in [t for t in self.transactions if t.began + LIFETIME <= self.clock.now]:
            self.abort(transaction)

    def abort_of(self, owner: Any) -> None:
        """Abort what a process left open."""
        for transaction in [t for t in self.transactions if t.owner is owner]:
            self.abort(transaction)

    def next_expiry(self) -> float | None:
        """When the oldest transaction will be aborted."""
        return min((t.began + LIFETIME for t in self.transactions), default=None)

    # ---- the replica set --------------------------------------------------------------------------------------

    def await_majority(self, timestamp: int) -> None:
        """Replicate up to the timestamp.

        Raises:
            AutoReconnect: the write was rolled back by a step-down.
        """
        if self.versions.is_undone(timestamp):
            raise AutoReconnect("not primary: the node stepped down while replicating")
        self.versions.replicate(timestamp)

    def step_down(self) -> None:
        """A new primary, with what a majority has."""
        for transaction in list(self.transactions):
            self.abort(transaction)
        self.versions.go_back(self.versions.majority)

    # ---- reading ----------------------------------------------------------------------------------------------

    def read(self, transaction: Transaction | None, collection: str, where: Mapping[str, Any], majority: bool) -> list[Document]:
        """Documents that match, in order of insertion."""
        if transaction:
            self.enter(transaction)
        at = self._at(transaction, majority)
        found = (self._seen(transaction, (collection, id_), at) for id_ in self._candidates(transaction, collection, where))
        return [document for document in found if document is not None and matches(document, where)]

    def _at(self, transaction: Transaction | None, majority: bool) -> int:
        if transaction:
            assert transaction.snapshot is not None
            return transaction.snapshot
        return self.versions.majority if majority else self.versions.latest

    def _seen(self, transaction: Transaction | None, place: Place, at: int) -> Document | None:
        if transaction and place in transaction.writes:
            return transaction.writes[place]
        return self.versions.get(place, at)

    def _candidates(self, transaction: Transaction | None, collection: str, where: Mapping[str, Any]) -> list[Any]:
        wanted = where.get("_id")
        if isinstance(wanted, Mapping) and "$in" in wanted:
            return list(wanted["$in"])
        if wanted is not None and not isinstance(wanted, Mapping):
            return [wanted]
        ids = self.versions.ids(collection)
        mine = [id_ for name, id_ in transaction.writes if name == collection and id_ not in ids] if transaction else []
        return ids + mine

    # ---- writing ----------------------------------------------------------------------------------------------

    def is_free(self, collection: str, where: Mapping[str, Any]) -> bool:
        """Whether a write outside a transaction would meet no lock."""
        self.expire()
        locked = {id_ for name, id_ in self.locks if name == collection}
        if not locked:
            return True
        found = {document["_id"] for document in self.read(None, collection, where, majority=False)}
        return locked.isdisjoint({*found, *self._candidates(None, collection, {"_id": where.get("_id", {"$in": []})})})

    def put(self, transaction: Transaction | None, writes: dict[Place, Document | None]) -> int:
        """Write documents whole; the timestamp, where there is no transaction.

        Raises:
            OperationFailure: WriteConflict.
        """
        if transaction is None:
            before = {place: self.versions.get(place, self.versions.latest) for place in writes}
            self.applied(None, {place: (before[place], after) for place, after in writes.items()})
            return self.versions.write(writes) if writes else self.versions.latest
        for place, document in writes.items():
            assert transaction.snapshot is not None
            if self.locks.get(place, transaction) is not transaction or self.versions.changed_since(place, transaction.snapshot):
                self.abort(transaction)
                raise OperationFailure(f"WriteConflict on {place}", 112, {"errorLabels": [TRANSIENT], "codeName": "WriteConflict"})
            self.locks[place] = transaction
            transaction.writes[place] = document
        return 0

    def insert(self, transaction: Transaction | None, collection: str, documents: Sequence[Document]) -> tuple[list[dict[str, Any]], int]:
        """Insert; the write errors (duplicate keys, which abort a transaction) and the timestamp."""
        errors, writes = [], dict[Place, Document | None]()
        for index, document in enumerate(documents):
            if self.read(transaction, collection, {"_id": document["_id"]}, majority=False):
                errors.append({"index": index, "code": 11000, "errmsg": f"E11000 duplicate key: {collection} {document['_id']!r}"})
            else:
                writes[collection, document["_id"]] = document
        if transaction and errors:
            self.abort(transaction)
            return errors, 0
        return errors, self.put(transaction, writes)

    def update(self, transaction: Transaction | None, collection: str, statement: Mapping[str, Any]) -> tuple[int, int]:
        """One update statement; how many documents matched or were upserted, and the timestamp."""
        where, update = statement["q"], statement["u"]
        found = self.read(transaction, collection, where, majority=False)
        some: list[Document | None] = [*(found if statement.get("multi") else found[:1])]
        if not some and statement.get("upsert"):
            some = [None]
        after = [changed(document, where, update) for document in some]
        return len(after), self.put(transaction, {(collection, document["_id"]): document for document in after})

    def delete(self, transaction: Transaction | None, collection: str, where: Mapping[str, Any], limit: int) -> tuple[int, int]:
        """One delete statement; how many there were, and the timestamp. `limit` 0: all that match."""
        found = self.read(transaction, collection, where, majority=False)
        some = found[:limit] if limit else found
        return len(some), self.put(transaction, {(collection, document["_id"]): None for document in some})
