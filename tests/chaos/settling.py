"""Whether a run has settled: everything on the topics is taken, everything in the outboxes is out, nothing is due, all are ready."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.chaos.world import World

PATIENCE = 120.0
"""Seconds after which a run counts as never settled."""
LOOK = 0.3
TIMEOUT = 10.0
Position = tuple[str, int]
"""Topic and partition."""


class Settling:
    """Looks at the servers directly; a context manager. `last`: what hung in the last look that found something.

    `reads`: the topics that each service subscribes to, by name on the broker.
    """

    def __init__(self, world: World, reads: Mapping[str, Iterable[str]], unready: Callable[[], Mapping[str, list[str]]]) -> None:
        self._world, self._unready = world, unready
        self._reads = {service: tuple(topics) for service, topics in reads.items()}
        self._client: MongoClient[dict[str, Any]] = MongoClient(world.mongo, serverSelectionTimeoutMS=5000, tz_aware=True)
        self._consumer = self._open()
        self.last = "nothing"
        self._bare: set[tuple[str, int, int, int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._consumer.close()
        self._client.close()

    def wait(self, patience: float = PATIENCE) -> list[str]:
        """Wait until two looks in a row find nothing that hangs, and the logs have not grown between them.

        Returns what still hangs when patience ends; empty if the run has settled.
        """
        deadline = time.monotonic() + patience
        before: dict[Position, int] | None = None
        while True:
            ends, hangs = self._look()
            if hangs:
                self.last = hangs[0]
            elif ends == before:
                return []
            if time.monotonic() > deadline:
                return list(dict.fromkeys([*(hangs or ["the topics grow and grow"]), *self._complaints()]))
            before = None if hangs else ends
            time.sleep(LOOK)

    def _open(self) -> Consumer:
        settings = {"bootstrap.servers": self._world.kafka, "group.id": f"{self._world.prefix}.settling", "enable.auto.commit": False}
        return Consumer({**settings, "auto.offset.reset": "earliest", "enable.partition.eof": True})

    # ---- one look ---------------------------------------------------------------------------------------------

    def _look(self) -> tuple[dict[Position, int], list[str]]:
        try:
            ends = self._ends()
            hangs = [line for service in self._reads for line in (*self._behind(service, ends), *self._waiting(service))]
        except PyMongoError as error:
            return {}, [f"a server does not answer: {error}"]
        except KafkaException as error:
            self._consumer.close()
            self._consumer = self._open()  # the client can hold on to metadata in which a topic that is there has no partitions
            return {}, [f"a server does not answer: {error}"]
        if not hangs:
            hangs = self._complaints()
        return ends, hangs

    def _complaints(self) -> list[str]:
        return [f"{slot}: {reason}" for slot, reasons in self._unready().items() for reason in reasons]

    def _ends(self) -> dict[Position, int]:
        topics = sorted({topic for topics in self._reads.values() for topic in topics})
        places = [(topic, partition) for topic in topics for partition in range(self._world.partitions)]
        return {place: self._consumer.get_watermark_offsets(TopicPartition(*place), TIMEOUT)[1] for place in places}

    def _behind(self, service: str, ends: Mapping[Position, int]) -> Iterable[str]:
        """Partitions whose fence is not at the log's end, other than by markers of transactions."""
        place = self._world.services[service]
        rows = {row["_id"]: row["next"] for row in self._client[place.database].fences.find({}, {"next": 1})}
        for topic in self._reads[service]:
            for partition in range(self._world.partitions):
                fence, end = rows.get(f"{place.group}:{topic}:{partition}"), ends[topic, partition]
                if fence is None:
                    yield f"{place.group} has never taken up {topic}:{partition}"
                elif fence < end and self._has_records(topic, partition, fence, end):
                    yield f"{place.group} is at {fence} of {end} in {topic}:{partition}"
                elif fence > end:
                    yield f"{place.group} is at {fence}, behind the end {end} of {topic}:{partition}"

    def _waiting(self, service: str) -> Iterable[str]:
        """What waits in a service's database."""
        database = self._client[self._world.services[service].database]
        now = database.command("hello", codec_options=database.codec_options)["localTime"]
        text = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        due = [{"state.status": "queued", "state.not_before": {"$lte": text}}, {"state.status": {"$in": ["claimed", "sending"]}}]
        counts = {
            "documents in the outbox": database.outbox.count_documents({}),
            "parked records": database.parked.count_documents({}),
            "timers that are due": database.timers.count_documents({"due_at": {"$lte": now}}),
            "letters being redriven": database.dead_letters.count_documents({"status": "redriving"}),
            "e-mails to be sent": database.emails.count_documents({"$or": due}) if service == "notifications" else 0,
        }
        return (f"{service} has {count} {what}" for what, count in counts.items() if count)

    def _has_records(self, topic: str, partition: int, begin: int, end: int) -> bool:
        """Whether there is a record that readers of committed records see; found once, remembered if not."""
        if (topic, partition, begin, end) in self._bare:
            return False
        self._consumer.assign([TopicPartition(topic, partition, begin)])
        try:
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:
                if (found := self._consumer.poll(0.5)) is None:
                    continue
                if (error := found.error()) is None:
                    return True
                if error.code() == KafkaError._PARTITION_EOF:
                    self._bare.add((topic, partition, begin, end))
                    return False
        finally:
            self._consumer.unassign()
        return True
