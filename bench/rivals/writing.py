"""Ceiling: what the plain loop writes for the job, in bulk and in transactions of 500 messages, from rows made beforehand."""

import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer
from pymongo import ReplaceOne

from bench.ground.ending import tell
from bench.rivals.deals import Command, Document, Unreadable, as_json, decide, event_headers, read
from bench.rivals.drivers import connect, transactions
from bench.rivals.place import Place

BATCH = 500


async def commands(place: Place) -> list[Command]:
    """The readable records of the job."""
    consumer = AIOKafkaConsumer(place.commands, bootstrap_servers=place.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        left = sum((await consumer.end_offsets(consumer.assignment())).values())
        found: list[Command] = []
        while left:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                left -= len(records)
                found += _readable(records)
        return found
    finally:
        await consumer.stop()


def _readable(records: Iterable[Any]) -> Iterator[Command]:
    for record in records:
        try:
            yield read(record)
        except Unreadable:
            continue


def batches(place: Place, found: Iterable[Command]) -> Iterator[tuple[list[ReplaceOne[Document]], list[Document], list[Document]]]:
    """For every 500 commands: puts of deals, rows of the inbox, rows of the outbox."""
    deals, seen = dict[str, Document](), set[str]()
    for some in _batched(found):
        changed, inbox, outbox = dict[str, Document](), list[Document](), list[Document]()
        for command in some:
            if command.seen_as in seen:
                continue
            seen.add(command.seen_as)
            inbox.append({"_id": command.seen_as, "at": datetime.now(UTC)})
            deal = deals.get(command.deal_id) or {"sequence": 0, "state": None}
            state, (kind, value) = decide(deal["state"], command)
            changed[command.deal_id] = deals[command.deal_id] = {"sequence": deal["sequence"] + 1, "state": state}
            headers = [list(pair) for pair in event_headers(command, kind, deal["sequence"] + 1, place.source)]
            row = {"topic": place.events, "key": command.deal_id.encode(), "value": as_json(value), "headers": headers}
            outbox.append({"_id": time.time_ns(), **row})
        yield [ReplaceOne({"_id": key}, deal, upsert=True) for key, deal in changed.items()], inbox, outbox


def _batched(found: Iterable[Command]) -> Iterator[list[Command]]:
    rest = iter(found)
    while some := list(itertools.islice(rest, BATCH)):
        yield some


async def main() -> None:
    """Make all rows, then write them."""
    place = Place.of_environment()
    client = connect(place.mongo, "pymongo")
    database, transaction = client[place.database], transactions(client, "pymongo")
    made = list(batches(place, await commands(place)))
    with tell():
        for puts, inbox, outbox in made:
            async with transaction() as session:
                await database.deals.bulk_write(puts, ordered=False, session=session)
                await database.inbox.insert_many(inbox, ordered=False, session=session)
                await database.outbox.insert_many(outbox, ordered=False, session=session)


if __name__ == "__main__":
    uvloop.run(main())
