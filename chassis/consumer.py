"""FastStream's part: it declares the subscriber, runs the consumer's life and its middlewares. It acknowledges nothing."""

import asyncio
import gc
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from chassis.flights import Flights, is_small
from chassis.holding import Holding, Noted
from chassis.part import Part
from chassis.salvage import salvage
from chassis.takeup import TakeUp

log = structlog.get_logger("baton.consumer")
NOWHERE = TopicPartition("", 0)
"""Asked for alone, getmany brings nothing but still counts as a poll."""
SOON_MS, IDLE_MS = 10, 100
FETCH_WAIT_MS = 100
"""How long the broker may keep a fetch that finds nothing. aiokafka has one fetch under way at each broker, and leaves out partitions whose
records it still has: one that names quiet ones only keeps the busy ones waiting. What is queued lasts longer than this."""
REST_FOR_EACH, LONGEST_REST = 2.5, 0.1
"""How long partitions rest after a small poll, of the time that a small transaction takes, and in seconds at most (or `linger`, if that is
more). What comes while one flies cannot fly anyway, and the slower machine and database are, the more one transaction should take along."""
SETTLE = 0.3
"""Seconds for the fetcher to come back with something after it raised."""
UNREAD_PAUSE = 5.0
"""Seconds that a lane is left alone when one of its partitions can be read in no way."""


def rest_after(small_flight: float, linger: float) -> float:
    """Seconds that partitions rest after a small poll. `small_flight`: how many a small transaction takes; `linger`: the least."""
    return max(linger, min(LONGEST_REST, REST_FOR_EACH * small_flight))


class Batch(tuple[Any, ...]):
    """All records of a poll, as FastStream wants them; `noted`: by part of this assignment, as lanes want them."""

    noted: Noted


class LaneSubscriber(BatchSubscriber):
    """Polls for the lanes that have room. Never raises into FastStream's loop, which would sleep for seconds, or spin."""

    holding: Holding
    linger: float
    _resting: Sequence[TopicPartition] = ()

    async def get_msg(self, consumer: Any) -> Any:
        """The next poll, as a `Batch`."""
        await self._company(consumer)
        wanted = self.holding.wanted()
        try:
            most = self.holding.batch
            polled = await consumer.getmany(*(wanted or [NOWHERE]), timeout_ms=self._patience(wanted), max_records=most)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            polled = await self._one_by_one(consumer, error)
        batch = Batch(record for records in polled.values() for record in records)
        batch.noted = self.holding.note(polled)  # before anything else: what is not noted is never missed
        self._rest(consumer, wanted, polled)
        return batch

    def _rest(self, consumer: Any, wanted: list[TopicPartition], polled: Mapping[TopicPartition, Any]) -> None:
        """After a small poll, let the partitions rest before their next fetch, so that one brings what came for all of them meanwhile.

        Only waiting is not enough: the fetch that follows a poll at once comes back with the first record, and keeps that, and all that
        come behind it, waiting for two pauses instead of half of one.
        """
        count = sum(map(len, polled.values()))
        if self.linger and count and is_small(count, sum(len(record.value or b"") for records in polled.values() for record in records)):
            self._resting = self._still_open(consumer, wanted)
            consumer.pause(*self._resting)

    async def _company(self, consumer: Any) -> None:
        if self._resting:
            await asyncio.sleep(rest_after(self.holding.small_flight, self.linger))
            rested, self._resting = self._resting, ()
            consumer.resume(*self._still_open(consumer, rested))

    def _still_open(self, consumer: Any, tps: Iterable[TopicPartition]) -> list[TopicPartition]:
        """Those that are still to be read: while a poll or a rest went on, partitions may have gone to another instance."""
        assigned, parts = consumer.assignment(), self.holding.parts
        return [tp for tp in tps if tp in assigned and (part := parts.get(tp)) and part.open]

    def _patience(self, wanted: list[TopicPartition]) -> int:
        """Milliseconds to wait where there is nothing. While a lane is left out it must be asked for again soon."""
        return IDLE_MS if len(wanted) == len(self.holding.parts) else SOON_MS

    async def _one_by_one(self, consumer: Any, error: Exception) -> dict[TopicPartition, list[Any]]:
        """getmany does not say which partition it raised for. Rewind all, then ask each alone; salvage the one that raises again."""
        log.warning("poll failed", error=repr(error)[:200])
        self.holding.rewind()
        gc.collect()  # what was fetched and is thrown away hangs in cycles of few objects and many bytes, and this may go on and on
        await asyncio.sleep(SETTLE)
        for tp in self.holding.wanted():
            part = self.holding.parts.get(tp)
            if part is None or not part.open:
                continue
            try:
                await consumer.getmany(tp, timeout_ms=0, max_records=self.holding.batch)
                if self.holding.holds(part):
                    consumer.seek(tp, part.at)  # that was only a probe
            except OffsetOutOfRangeError:
                if self.holding.holds(part):
                    self.holding.stop(part, f"the log does not reach {part.at}: topic recreated or restored, or records are lost")
            except Exception:
                if salvaged := await self._salvaged(consumer, part):
                    return {tp: salvaged}
        return {}

    async def _salvaged(self, consumer: Any, part: Part) -> list[Any]:
        tp, offset = part.tp, part.at
        try:
            records, position = await salvage(consumer, tp, offset)
        except Exception as error:  # private classes over a stranger's bytes: anything. The lane waits, so that the others are read
            log.error("salvage failed", topic=tp.topic, partition=tp.partition, offset=offset, error=repr(error)[:200])
            self.holding.rest(part, UNREAD_PAUSE, f"{tp.topic} cannot be read at {offset}")
            return []
        if not self.holding.holds(part):
            return []  # moved meanwhile, perhaps back to us: its new part begins at the fence, and may skip nothing
        consumer.seek(tp, position)
        return records


class Barrier(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """What happens between two assignments."""

    def __init__(self, holding: Holding, flights: Flights, takeup: TakeUp) -> None:
        self._holding, self._flights, self._takeup = holding, flights, takeup

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Heartbeats go on here: wait for what flies."""
        await self._flights.revoke()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """No heartbeat is sent here, and errors are swallowed: only what needs no await, then a task."""
        self._holding.drop_all()
        self._takeup.begin([self._holding.add(tp) for tp in assigned])


async def _parse(records: Any) -> KafkaMessage:
    """Headers untouched: FastStream's own parser decodes every value as UTF-8, and raises."""
    return KafkaMessage(raw_message=records, body=b"", consumer=None)  # type: ignore[arg-type]


async def _decode(message: Any) -> Any:
    return message.raw_message


def subscribe(broker: KafkaBroker, holding: Holding, flights: Flights, takeup: TakeUp) -> LaneSubscriber:
    """Declare the one subscriber of a service, to all its topics."""
    settings = holding.deployment.settings
    declared = broker.subscriber(
        *holding.deployment.subscribed,
        group_id=holding.deployment.group,
        batch=True,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        parser=_parse,
        decoder=_decode,
        listener=Barrier(holding, flights, takeup),
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=int(settings.session_timeout * 1000),
        heartbeat_interval_ms=int(settings.session_timeout * 1000 / 5),
        rebalance_timeout_ms=int(settings.rebalance_timeout * 1000),
    )
    subscriber: LaneSubscriber = declared  # type: ignore[assignment]
    subscriber.__class__ = LaneSubscriber  # the factory offers no other way to replace get_msg
    subscriber.holding, subscriber.linger, holding.subscriber = holding, settings.linger, subscriber

    @declared
    async def on_batch(batch: Batch) -> None:
        holding.accept(batch.noted)

    return subscriber
