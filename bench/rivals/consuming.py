"""Ceiling: consume the job, and nothing else; not even reading what the records say."""

import uvloop
from aiokafka import AIOKafkaConsumer

from bench.ground.ending import tell
from bench.rivals.place import Place

BATCH = 2000


async def main() -> None:
    """Read the topic of commands to its end."""
    place = Place.of_environment()
    consumer = AIOKafkaConsumer(
        place.commands, bootstrap_servers=place.kafka, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        partitions = consumer.assignment()
        left = sum((await consumer.end_offsets(partitions)).values())
        with tell():
            while left:
                polled = await consumer.getmany(timeout_ms=100, max_records=BATCH)
                left -= sum(map(len, polled.values()))
    finally:
        await consumer.stop()


if __name__ == "__main__":
    uvloop.run(main())
