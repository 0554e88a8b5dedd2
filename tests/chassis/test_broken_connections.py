"""A connection that was reset, under the event loop that services run on."""

import asyncio

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from chassis.broken_connections import ConsumerEnded, check, mend, watch
from stack.addresses import Addresses

pytestmark = pytest.mark.integration


def test_a_request_over_a_connection_that_was_reset_is_an_error_that_the_client_mends(stack_under_test: Addresses) -> None:
    """Guarantee: a reset at the wrong moment silences no consumer. uvloop raises RuntimeError there, which ends the client's own tasks
    (found by chaos, seed 21)."""
    mend()

    async def reset() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=stack_under_test.kafka)
        await consumer.start()
        try:
            connection = await consumer._client._get_conn(next(iter(consumer._client.cluster.brokers())).nodeId)
            connection._writer.transport.abort()
            await asyncio.sleep(0)  # closed now, and the client's reader has not heard of it
            with pytest.raises(KafkaConnectionError):
                await connection.send(MetadataRequest([]))
            assert not connection.connected()
            assert await consumer.topics() is not None  # over a new one
        finally:
            await consumer.stop()

    uvloop.run(reset())


@pytest.mark.parametrize("part", ["fetcher", "coordinator"])
def test_a_consumer_whose_own_tasks_have_ended_is_noticed(stack_under_test: Addresses, prefix: str, part: str) -> None:
    """Guarantee: a service that would hear nothing any more ends, and is started again, instead of looking healthy."""

    async def fall_silent() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack_under_test.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(f"{prefix}.any", 1, 1)])
        await admin.close()
        consumer = AIOKafkaConsumer(f"{prefix}.any", bootstrap_servers=stack_under_test.kafka, group_id=prefix)
        await consumer.start()
        try:
            check(consumer)
            task = consumer._fetcher._fetch_task if part == "fetcher" else consumer._coordinator._coordination_task
            task.cancel()
            await asyncio.wait([task])
            with pytest.raises(ConsumerEnded, match=part):
                await watch(consumer)
        finally:
            await consumer.stop()

    asyncio.run(fall_silent())
