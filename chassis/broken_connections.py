"""What a broken connection to the broker raises under uvloop, turned into what aiokafka knows how to mend.

Writing to a connection that has just been reset raises RuntimeError under uvloop, where asyncio's own loop raises nothing or an OSError.
aiokafka catches OSError alone: its fetcher or its coordinator would end, and the consumer be silent for good (aiokafka issue 1038).
"""

import asyncio
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

EVERY = 1.0
"""Seconds between two looks at the client."""
_send = AIOKafkaConnection.send


def _send_or_close(self: Any, request: Any, expect_response: bool = True) -> Any:
    try:
        return _send(self, request, expect_response)
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"the connection to {self.host}:{self.port} is broken: {error}") from error


def mend() -> None:
    """Let every connection of this process report a broken one as such."""
    AIOKafkaConnection.send = _send_or_close


class ConsumerEnded(Exception):
    """A part of the client that runs by itself has ended: nothing would be consumed any more, and nobody would notice."""


async def watch(consumer: Any) -> None:
    """Look again and again, by itself: whatever else asks the client may wait for an answer that does not come.

    Raises:
        ConsumerEnded: it has fallen silent.
    """
    while True:
        check(consumer)
        await asyncio.sleep(EVERY)


def check(consumer: Any) -> None:
    """See that the consumer still fetches and takes part in its group.

    Raises:
        ConsumerEnded: it does not; the process has to be started again.
    """
    parts = {"fetcher": consumer._fetcher.error_future, "coordinator": consumer._coordinator._coordination_task}
    for name, task in parts.items():
        if task.done():
            error = None if task.cancelled() else task.exception()
            raise ConsumerEnded(f"the {name} of the Kafka client has ended: {error!r}")
