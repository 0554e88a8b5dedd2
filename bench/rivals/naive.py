"""The service that most teams write: a FastStream subscriber per message, a transaction per message, the outbox polled every 50 ms."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from pymongo.errors import PyMongoError

from bench.rivals.deals import Unreadable, as_json, decide, event_headers, place_of, read
from bench.rivals.drivers import connect, transactions
from bench.rivals.place import Place, until_told

LOOK, AT_ONCE = 0.05, 100
PLACE = Place.of_environment()
broker = KafkaBroker(PLACE.kafka)


async def _raw(message: KafkaMessage) -> Any:
    """The record as it is: FastStream's own decoder raises on poison, before the service could bury it."""
    return message.raw_message


class Service:
    """Handles one message after the other."""

    def __init__(self) -> None:
        client = connect(PLACE.mongo, "motor")
        self.database, self.transaction = client[PLACE.database], transactions(client, "motor")

    async def handle(self, record: Any) -> None:
        """Until it is in: a record that a passing failure hits must not be skipped."""
        while True:
            try:
                return await self.commit(record)
            except PyMongoError:
                await asyncio.sleep(0.1)

    async def commit(self, record: Any) -> None:
        """One transaction: remember the message, change its deal, put its event into the outbox; or bury it."""
        async with self.transaction() as session:
            try:
                command = read(record)
                if await self.database.inbox.find_one({"_id": command.seen_as}, session=session):
                    return
                await self.database.inbox.insert_one({"_id": command.seen_as, "at": datetime.now(UTC)}, session=session)
                deal = await self.database.deals.find_one({"_id": command.deal_id}, session=session) or {"sequence": 0, "state": None}
                state, (kind, value) = decide(deal["state"], command)
                changed = {"sequence": deal["sequence"] + 1, "state": state}
                await self.database.deals.replace_one({"_id": command.deal_id}, changed, upsert=True, session=session)
                headers = event_headers(command, kind, changed["sequence"], PLACE.source)
                await self.put(PLACE.events, record.key, as_json(value), headers, session)
            except Unreadable as error:
                place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
                letter = {"_id": place_of(record), **place, "value": record.value, "headers": record.headers, "message": str(error)}
                if await self.database.dead_letters.find_one({"_id": letter["_id"]}, session=session):
                    return
                await self.database.dead_letters.insert_one(letter, session=session)
                await self.put(PLACE.dead_letters, record.key, record.value, record.headers, session)

    async def put(self, topic: str, key: bytes, value: bytes, headers: Any, session: Any) -> None:
        """One row of the outbox."""
        row = {"_id": time.time_ns(), "topic": topic, "key": key, "value": value, "headers": [list(pair) for pair in headers]}
        await self.database.outbox.insert_one(row, session=session)

    async def publish(self) -> None:
        """Look every 50 ms; publish and delete row after row."""
        producer = AIOKafkaProducer(bootstrap_servers=PLACE.kafka, acks="all", enable_idempotence=True)
        await producer.start()
        while True:
            for row in await self.database.outbox.find(sort=[("_id", 1)], limit=AT_ONCE).to_list(None):
                headers = [(name, value) for name, value in row["headers"]]
                await producer.send_and_wait(row["topic"], row["value"], key=row["key"], headers=headers)
                await self.database.outbox.delete_one({"_id": row["_id"]})
            await asyncio.sleep(LOOK)


async def main() -> None:
    """Run until told to stop."""
    service = Service()

    @broker.subscriber(
        PLACE.commands,
        group_id=PLACE.group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        isolation_level="read_committed",
        decoder=_raw,
        no_reply=True,
    )
    async def on_command(message: Any) -> None:
        await service.handle(message)

    await broker.start()
    await until_told(service.publish())
    await broker.stop()


if __name__ == "__main__":
    uvloop.run(main())
