"""The relay of the tuned loop: whole producer batches, deletes behind the next look."""

import asyncio
import sys
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from pymongo.errors import PyMongoError

from bench.rivals.place import Place

AT_ONCE, LOOK, BATCH_BYTES = 8, 0.05, 512 << 10


class Relay:
    """Publishes the outbox of its partitions, in order.

    `_gone`: what was published, and can perhaps be seen until its delete is on a majority.
    """

    def __init__(self, place: Place, database: Any) -> None:
        self._place, self._outbox = place, database.outbox
        self._gone: set[int] = set()
        self._deletes: set[asyncio.Task[None]] = set()
        self.partitions: list[int] = []
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Publish for the life of the process."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._place.kafka, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES, max_request_size=4 << 20
        )
        await self._producer.start()
        try:
            while True:
                if not await self._publish():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.wake.wait(), LOOK)
                    self.wake.clear()
        finally:
            await self._producer.stop()

    async def _publish(self) -> bool:
        wanted = {"partition": {"$in": self.partitions}, "_id": {"$nin": list(self._gone)}}
        documents = await self._outbox.find(wanted, sort=[("_id", 1)], limit=AT_ONCE, batch_size=AT_ONCE + 1).to_list(None)
        places: dict[tuple[str, int], list[Any]] = {}
        for document in documents:
            for record in document["records"]:
                places.setdefault((record[0], document["partition"]), []).append(record)
        await asyncio.gather(*(self._send(topic, partition, records) for (topic, partition), records in places.items()))
        if ids := [document["_id"] for document in documents]:
            self._gone.update(ids)
            task = asyncio.create_task(self._delete(ids))
            self._deletes.add(task)
            task.add_done_callback(self._deletes.discard)
        return bool(documents)

    async def _delete(self, ids: list[int]) -> None:
        try:
            await self._outbox.delete_many({"_id": {"$in": ids}})
        except PyMongoError as error:
            print("published, not deleted", repr(error)[:300], file=sys.stderr)
        finally:
            self._gone.difference_update(ids)

    async def _send(self, topic: str, partition: int, records: list[Any]) -> None:
        sent = []
        while records:
            batch, taken = self._producer.create_batch(), 0
            for _, key, value, headers in records:
                pairs = list(zip(headers[::2], headers[1::2], strict=True))
                if batch.append(key=key, value=value, timestamp=None, headers=pairs) is None:
                    break
                taken += 1
            if not taken:
                _, key, value, headers = records[0]
                pairs = list(zip(headers[::2], headers[1::2], strict=True))
                sent.append(await self._producer.send(topic, value, key=key, partition=partition, headers=pairs))
            else:
                sent.append(await self._producer.send_batch(batch, topic, partition=partition))
            records = records[max(1, taken) :]
        await asyncio.gather(*sent)
