"""The transaction of the tuned loop: plain commands, and one outbox document for all events of a batch."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError

from bench.rivals.deals import Command, Document, Unreadable, as_json, decide, event_headers, place_of
from bench.rivals.place import Place

Records = Sequence[tuple[Any, Command | str]]


class Batch:
    """The records of one partition, and what they lead to. `outgoing`: topic, key, value and the headers' names and values in turn."""

    def __init__(self, place: Place, partition: int, records: Records) -> None:
        self.place, self.partition, self.records = place, partition, records
        self.names = [content.seen_as if isinstance(content, Command) else place_of(record) for record, content in records]
        self.keys = list({content.deal_id for _, content in records if isinstance(content, Command)})

    def decide(self, seen: set[str], deals: dict[str, Document]) -> None:
        """Fold the records that were not seen before over the deals."""
        self.now = datetime.now(UTC)
        self.inbox, self.letters, self.outgoing = list[Document](), list[Document](), list[list[Any]]()
        self.changed: dict[str, Document] = {}
        for name, (record, content) in zip(self.names, self.records, strict=True):
            if name in seen:
                continue
            seen.add(name)
            self.inbox.append({"_id": name, "at": self.now})
            try:
                if isinstance(content, str):
                    raise Unreadable(content)
                deal = deals.get(content.deal_id)
                sequence = deal["sequence"] + 1 if deal else 1
                state, (kind, value) = decide(deal and deal["state"], content)
                self.changed[content.deal_id] = deals[content.deal_id] = {"_id": content.deal_id, "sequence": sequence, "state": state}
                headers = event_headers(content, kind, sequence, self.place.source)
                self.outgoing.append([self.place.events, record.key, as_json(value), [part for pair in headers for part in pair]])
            except Unreadable as error:
                self._bury(record, str(error))

    def _bury(self, record: Any, why: str) -> None:
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        headers = [list(pair) for pair in record.headers]
        self.letters.append({"_id": place_of(record), **place, "value": record.value, "headers": headers, "message": why, "at": self.now})
        flat = [part for pair in record.headers for part in pair]
        self.outgoing.append([self.place.dead_letters, record.key, record.value, [*flat, "kafka_dlt-exception-message", why.encode()]])

    def outbox(self) -> RawBSONDocument:
        """One document: below 16 MB, because 2,000 records of 1 KB are."""
        document = {"_id": time.time_ns(), "partition": self.partition, "records": self.outgoing}
        return RawBSONDocument(bson.encode(document))


async def commit(batch: Batch, database: Any, transaction: Callable[[], Any]) -> None:
    """One transaction: what was not seen before changes its deal, and is remembered."""
    async with transaction() as session:

        async def found(collection: str, ids: list[str], fields: Document) -> list[Document]:
            query = {
                "find": collection,
                "filter": {"_id": {"$in": ids}},
                "projection": fields,
                "batchSize": len(ids) + 1,
                "singleBatch": True,
            }
            reply = await database.command(query, session=session)
            rows: list[Document] = reply["cursor"]["firstBatch"]
            return rows

        seen = {row["_id"] for row in await found("inbox", batch.names, {"_id": 1})}
        deals = {row["_id"]: row for row in await found("deals", batch.keys, {})}
        batch.decide(seen, deals)
        if batch.changed:
            updates = [{"q": {"_id": key}, "u": deal, "upsert": True} for key, deal in batch.changed.items()]
            _demand_written(await database.command({"update": "deals", "updates": updates, "ordered": False}, session=session))
        outbox = [batch.outbox()] if batch.outgoing else []
        for collection, documents in (("inbox", batch.inbox), ("outbox", outbox), ("dead_letters", batch.letters)):
            if documents:
                insert = {"insert": collection, "documents": documents, "ordered": False}
                _demand_written(await database.command(insert, session=session))


def _demand_written(reply: Document) -> None:
    if reply.get("writeErrors"):
        raise BulkWriteError(reply)
