"""The relay's producer: whole batches, headers untouched, and a result for every record."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
)

from chassis.outbox import Publication

log = structlog.get_logger("baton.relay")
BATCH_BYTES = 512 << 10
CLOSE_SECONDS = 5.0
GIVEN_UP = 0.6
"""Of the session timeout: when an answer is given up. Before the group can have given the lane to another instance, whose records would
be overtaken by what this one still tries to send."""
NEVER = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)
"""Errors that trying again does not cure. A permission that is missing is not one: it can be given."""


def is_final(error: BaseException) -> bool:
    """Whether the broker will never take the record."""
    return isinstance(error, NEVER) or (isinstance(error, UnknownError) and "INVALID_RECORD" in str(error))


class NotSent(Exception):
    """An earlier record for the same partition failed, and nothing may overtake it."""


class NotAnswered(Exception):
    """The broker said neither yes nor no in time. The client would try again for ever: a producer that is idempotent gives no batch up."""


class Sender:
    """An idempotent producer, made anew after any failure: after one refused record every later send to that partition would fail.

    `patience`: seconds in which the broker must answer.
    """

    def __init__(self, kafka: str, patience: float) -> None:
        self._kafka, self._patience = kafka, patience
        self._producer: Any = None

    async def send(self, records: Sequence[Publication]) -> list[BaseException | None]:
        """Send in order and wait for all acknowledgements; for each record None, or the error that it met. Partitions go side by side.

        Raises:
            KafkaError: no connection to the broker.
            TimeoutError: none in time.
        """
        async with asyncio.timeout(self._patience):
            producer = await self._started()
        results: list[BaseException | None] = [None] * len(records)
        places: dict[tuple[str, int], list[int]] = {}
        for index, record in enumerate(records):
            places.setdefault((record.topic, record.partition), []).append(index)
        refused = await asyncio.gather(*(self._partition(producer, indexes, records, results) for indexes in places.values()))
        if any(results):
            await self.close()
        for some in refused:
            await self._each_alone(some, records, results)
        return results

    async def _partition(
        self, producer: Any, indexes: Sequence[int], records: Sequence[Publication], results: list[BaseException | None]
    ) -> Sequence[int]:
        """Send what goes to one partition, a batch after the other: nothing overtakes a batch that failed. Returns the records of a batch
        that was refused for good where it had more than one: they may be innocent."""
        position, until = 0, asyncio.get_running_loop().time() + self._patience
        while position < len(indexes):
            batch, some = _batch(producer, indexes[position:], records)
            first = records[some[0]]
            try:
                async with asyncio.timeout_at(until):
                    await (await producer.send_batch(batch, first.topic, partition=first.partition))
            except Exception as error:
                met = _met(error)
                for index in indexes[position:]:
                    results[index] = met if index in some else NotSent()
                return some if len(some) > 1 and is_final(met) else ()
            position += len(some)
        return ()

    async def _each_alone(self, indexes: Sequence[int], records: Sequence[Publication], results: list[BaseException | None]) -> None:
        """Send the records of a refused batch one by one, so that only the one that the broker refuses is held against its aggregate. What
        comes behind one that met anything else is not sent: it might be long in coming, for each of them."""
        failed: dict[str, BaseException] = {}
        for position, index in enumerate(indexes):
            record = records[index]
            if record.owner not in failed:
                try:
                    async with asyncio.timeout(self._patience):
                        producer = await self._started()
                        batch, _ = _batch(producer, [index], records)
                        await (await producer.send_batch(batch, record.topic, partition=record.partition))
                except Exception as error:
                    failed[record.owner] = _met(error)
                    await self.close()
                    if not is_final(failed[record.owner]):
                        for later in indexes[position:]:
                            results[later] = failed.get(records[later].owner) or NotSent()
                        return
            results[index] = failed.get(record.owner)

    async def _started(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._kafka,
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Stop the producer, with what it still tries to send; the next send makes a new one."""
        producer, self._producer = self._producer, None
        if producer:
            _give_up(producer)
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await producer.stop()
            except Exception as error:
                log.warning("producer did not stop in order", error=repr(error)[:200])
                await producer.client.close()  # which is left open, with what it has under way


def _batch(producer: Any, indexes: Sequence[int], records: Sequence[Publication]) -> tuple[Any, Sequence[int]]:
    """A producer batch with as many of the records as it takes, headers as they are, at a fifth of the cost of `send`. It takes the first
    however large that is: what is too large for its topic, the broker says."""
    batch = producer.create_batch()
    for count, index in enumerate(indexes):
        record = records[index]
        if batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers) is None:
            return batch, indexes[:count]
    return batch, indexes


def _met(error: Exception) -> Exception:
    """What is kept of an error: not its frames, which hold the results, which hold it, and so a batch for the garbage collector."""
    return NotAnswered() if isinstance(error, TimeoutError) else error.with_traceback(None)


def _give_up(producer: Any) -> None:
    """Take back what it still tries to send: stopping would wait for what may never be answered, and it would go on trying behind that.
    aiokafka has no public way; it does this itself after an error that it takes for fatal."""
    accumulator = producer._message_accumulator
    # what fails from now on is not pending any more, and to take it out of there once more would end the client's task with an error
    accumulator.reenqueue = lambda batch: None
    # what waits to be sent again is taken out of there when it has failed, though it is not in there: asyncio would complain
    accumulator._pending_batches.update(chain.from_iterable(accumulator._batches.values()))
    accumulator._batches.clear()
    batches = tuple(accumulator._pending_batches)
    accumulator.fail_all(NotAnswered())
    for batch in batches:
        for future in (batch.future, batch._drain_waiter):
            if future.done() and not future.cancelled():
                future.exception()  # nobody else asks, and asyncio would complain
