"""The plain loop: aiokafka's getmany(500), one transaction a batch, a row per inbox and outbox entry; what a careful engineer writes first.

`python -m bench.rivals.plain pymongo` (or `motor`).
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import ReplaceOne
from pymongo.errors import PyMongoError

from bench.rivals.deals import Command, Document, Unreadable, as_json, decide, event_headers, place_of, read
from bench.rivals.drivers import connect, transactions
from bench.rivals.place import Place, until_told

BATCH, PUBLISHED_AT_ONCE, LOOK = 500, 1000, 0.05


class Loop:
    """Consumes, and leaves what is to be published in the outbox."""

    def __init__(self, place: Place, driver: str) -> None:
        self.place, self.written = place, asyncio.Event()
        client = connect(place.mongo, driver)
        self.database, self.transaction = client[place.database], transactions(client, driver)

    async def run(self) -> None:
        """Batch after batch: commit it in the database, then in Kafka."""
        consumer = AIOKafkaConsumer(
            self.place.commands,
            bootstrap_servers=self.place.kafka,
            group_id=self.place.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        try:
            while True:
                polled = await consumer.getmany(timeout_ms=100, max_records=BATCH)
                if records := [record for some in polled.values() for record in some]:
                    await self.until_committed(records)
                    await consumer.commit()
                    self.written.set()
        finally:
            await consumer.stop()

    async def until_committed(self, records: Sequence[Any]) -> None:
        """Try a batch again until it is in; the inbox makes a repeat harmless."""
        read_records = [(record, _read(record)) for record in records]
        while True:
            try:
                return await self.commit(read_records)
            except PyMongoError as error:
                print("again", repr(error)[:300], file=sys.stderr)
                await asyncio.sleep(random.uniform(0.05, 0.2))

    async def commit(self, records: Sequence[tuple[Any, Command | str]]) -> None:
        """One transaction: what was not seen before changes its deal, and is remembered."""
        now = datetime.now(UTC)
        async with self.transaction() as session:
            names = {_seen_as(record, content): content for record, content in records}
            inbox = self.database.inbox.find({"_id": {"$in": list(names)}}, {"_id": 1}, session=session)
            seen = {row["_id"] for row in await inbox.to_list(None)}
            keys = list({content.deal_id for content in names.values() if isinstance(content, Command)})
            deals = {row["_id"]: row for row in await self.database.deals.find({"_id": {"$in": keys}}, session=session).to_list(None)}
            rows, outbox, letters, changed = [], list[Document](), list[Document](), set[str]()
            for record, content in records:
                name = _seen_as(record, content)
                if name in seen:
                    continue
                seen.add(name)
                rows.append({"_id": name, "at": now})
                try:
                    if isinstance(content, str):
                        raise Unreadable(content)
                    deal = deals.get(content.deal_id) or {"_id": content.deal_id, "sequence": 0, "state": None}
                    state, (kind, value) = decide(deal["state"], content)
                    deals[content.deal_id] = {"_id": content.deal_id, "sequence": deal["sequence"] + 1, "state": state}
                    changed.add(content.deal_id)
                    headers = event_headers(content, kind, deal["sequence"] + 1, self.place.source)
                    outbox.append(_outgoing(self.place.events, content.deal_id.encode(), as_json(value), headers))
                except Unreadable as error:
                    letters.append(_letter(record, str(error), now))
                    headers = [*record.headers, ("kafka_dlt-exception-message", str(error).encode())]
                    outbox.append(_outgoing(self.place.dead_letters, record.key, record.value, headers))
            if changed:
                puts = [ReplaceOne({"_id": key}, deals[key], upsert=True) for key in changed]
                await self.database.deals.bulk_write(puts, ordered=False, session=session)
            for collection, documents in (("inbox", rows), ("outbox", _in_order(outbox)), ("dead_letters", letters)):
                if documents:
                    await self.database[collection].insert_many(documents, ordered=False, session=session)

    async def publish(self) -> None:
        """The relay: read the outbox in order, publish, delete; woken by commits, and looking by itself now and then."""
        producer = AIOKafkaProducer(bootstrap_servers=self.place.kafka, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            while True:
                rows = await self.database.outbox.find(sort=[("_id", 1)], limit=PUBLISHED_AT_ONCE).to_list(None)
                if not rows:
                    await self._until_written()
                    continue
                sends = []
                for row in rows:
                    headers = [(name, value) for name, value in row["headers"]]
                    sends.append(await producer.send(row["topic"], row["value"], key=row["key"], headers=headers))
                await asyncio.gather(*sends)
                await self.database.outbox.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        finally:
            await producer.stop()

    async def _until_written(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.written.wait(), LOOK)
        self.written.clear()


def _read(record: Any) -> Command | str:
    """The command, or why it cannot be read."""
    try:
        return read(record)
    except Unreadable as error:
        return str(error)


def _seen_as(record: Any, content: Command | str) -> str:
    return content.seen_as if isinstance(content, Command) else place_of(record)


def _outgoing(topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Document:
    return {"topic": topic, "key": key, "value": value, "headers": [list(pair) for pair in headers]}


def _in_order(outbox: list[Document]) -> list[Document]:
    """Numbered by the clock and their order, so that the relay finds them in the order of the changes."""
    first = time.time_ns()
    return [{"_id": first + index, **row} for index, row in enumerate(outbox)]


def _letter(record: Any, why: str, now: datetime) -> Document:
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    headers = [list(pair) for pair in record.headers]
    return {
        "_id": place_of(record),
        **place,
        "record_key": record.key,
        "value": record.value,
        "headers": headers,
        "message": why,
        "at": now,
    }


async def main(driver: str) -> None:
    """Run until told to stop."""
    loop = Loop(Place.of_environment(), driver)
    await until_told(loop.run(), loop.publish())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
