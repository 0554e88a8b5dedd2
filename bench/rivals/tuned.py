"""A loop by hand with every honest trick: large batches, a transaction in flight per partition, plain commands, packed outbox, uvloop."""

import asyncio
import gc
import random
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from bench.rivals.deals import Command, Unreadable, read
from bench.rivals.drivers import connect, transactions
from bench.rivals.place import Place, until_told
from bench.rivals.tuned_batch import Batch, commit
from bench.rivals.tuned_relay import Relay

BATCH, WAITING = 2000, 4000
OFFSETS_EVERY = 1.0


class Loop(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A queue and a worker per partition; the inbox makes every repeat harmless, so Kafka's offsets may lag behind."""

    def __init__(self, place: Place) -> None:
        self.place = place
        client = connect(place.mongo, "pymongo")
        self.database, self.transaction = client[place.database], transactions(client, "pymongo")
        self.relay = Relay(place, self.database)
        self.queues: dict[TopicPartition, deque[tuple[Any, Command | str]]] = {}
        self.done: dict[TopicPartition, int] = {}
        self.workers: dict[TopicPartition, asyncio.Task[None]] = {}
        self.filled = asyncio.Event()

    async def run(self) -> None:
        """Poll, read, queue: while transactions fly."""
        place = self.place
        consumer = self.consumer = AIOKafkaConsumer(
            bootstrap_servers=place.kafka,
            group_id=place.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        consumer.subscribe([place.commands], listener=self)
        await consumer.start()
        try:
            while True:
                wanted = [partition for partition, queue in self.queues.items() if len(queue) < WAITING]
                if not wanted:
                    await asyncio.sleep(0.005)
                    continue
                for partition, records in (await consumer.getmany(*wanted, timeout_ms=50, max_records=BATCH)).items():
                    if partition in self.queues:
                        self.queues[partition].extend(_readable(records))
                        self.filled.set()
        finally:
            await consumer.stop()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """What flies lands or is abandoned; the next holder reads from the committed offsets."""
        workers, self.queues, self.workers = list(self.workers.values()), {}, {}
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await self._commit_offsets()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """A queue and a worker for each."""
        self.queues, self.done = {partition: deque() for partition in assigned}, {}
        self.workers = {partition: asyncio.create_task(self._work(partition)) for partition in self.queues}
        self.relay.partitions = [partition.partition for partition in self.queues]

    async def _work(self, partition: TopicPartition) -> None:
        queue = self.queues[partition]
        while True:
            while not queue:
                self.filled.clear()
                await self.filled.wait()
            some = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
            batch = Batch(self.place, partition.partition, some)
            while True:
                try:
                    await commit(batch, self.database, self.transaction)
                    break
                except PyMongoError as error:
                    print("again", repr(error)[:300], file=sys.stderr)
                    await asyncio.sleep(random.uniform(0.02, 0.1))
            self.done[partition] = some[-1][0].offset + 1
            self.relay.wake.set()

    async def commit_offsets(self) -> None:
        """Once a second."""
        while True:
            await asyncio.sleep(OFFSETS_EVERY)
            await self._commit_offsets()

    async def _commit_offsets(self) -> None:
        done, self.done = self.done, {}
        if done:
            try:
                await self.consumer.commit(done)
            except (KafkaError, ValueError) as error:
                print("offsets", repr(error)[:300], file=sys.stderr)


def _readable(records: Sequence[Any]) -> Iterable[tuple[Any, Command | str]]:
    for record in records:
        try:
            yield record, read(record)
        except Unreadable as error:
            yield record, str(error)


async def main() -> None:
    """Run until told to stop."""
    loop = Loop(Place.of_environment())
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000)
    await until_told(loop.run(), loop.relay.run(), loop.commit_offsets())


if __name__ == "__main__":
    uvloop.run(main())
