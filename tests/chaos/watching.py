"""Watches, while a run is disturbed, that Kafka is never told more than the databases know: no offset is ahead of its fence.

Once all has settled, every fence stands at the end of its log, and what was committed past it shows no longer: it must be seen meanwhile.
"""

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from tests.chaos.world import World

LOOK = 0.25
"""Seconds between two looks."""
TIMEOUT = 2.0
"""Seconds that a server may take to answer before a look is given up."""
LINEARIZABLE = ReadConcern("linearizable")
"""What a majority has, and nothing older than the moment of asking: a member that was primary, or has just become it, answers a mere
`majority` with fences of the past, and offsets would seem to be ahead of them."""


class Spot(NamedTuple):
    """A partition as a group reads it. `topic`: by its name on the broker."""

    group: str
    topic: str
    partition: int

    @property
    def fence(self) -> str:
        """The id of its fence."""
        return f"{self.group}:{self.topic}:{self.partition}"


class Ahead(NamedTuple):
    """An offset that is ahead of its fence."""

    spot: Spot
    committed: int
    fence: int

    def __str__(self) -> str:
        group, topic, partition = self.spot
        return f"{group} has committed {self.committed} of {topic}:{partition}, and its fence, read afterwards, is {self.fence}"


def ahead(offsets: Mapping[Spot, int], fences: Mapping[str, int]) -> list[Ahead]:
    """The committed offsets that are greater than their fences, by id, which were read after them; a fence that is not there is 0."""
    return [Ahead(spot, offset, fences.get(spot.fence, 0)) for spot, offset in offsets.items() if offset > fences.get(spot.fence, 0)]


class Watch:
    """Looks for as long as it is entered, at the servers directly. `looks`: in which offsets were compared with fences; `blind`: in which
    a server did not answer; `found`: the first offset of each spot that was ahead; `failure`: what ended the watch before its time.

    `reads`: the topics that each service subscribes to, by name on the broker.
    """

    def __init__(self, world: World, reads: Mapping[str, Iterable[str]]) -> None:
        self._world = world
        self._spots = {
            service: [TopicPartition(topic, number) for topic in topics for number in range(world.partitions)]
            for service, topics in reads.items()
        }
        # They join nothing. librdkafka's admin client, which could ask for all offsets of a group, ends the process now and then when the
        # broker is killed: an assertion about the request's count of references.
        self._consumers = {service: self._asking(place.group) for service, place in world.services.items()}
        milliseconds = int(TIMEOUT * 1000)
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(
            world.mongo, serverSelectionTimeoutMS=milliseconds, connectTimeoutMS=milliseconds, socketTimeoutMS=2 * milliseconds
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self.looks = self.blind = 0
        self.found: dict[Spot, Ahead] = {}
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._mongo.close()
        for consumer in self._consumers.values():
            consumer.close()

    def shortcoming(self) -> str | None:
        """Why the watch shows nothing, if it does not."""
        if self.failure:
            return f"the watch over offsets ended: {self.failure!r}"
        return None if self.looks else "no offset was ever seen beside its fence"

    def _watch(self) -> None:
        try:
            while not self._over.wait(LOOK):
                self.look()
        except Exception as error:  # whoever ends the watch must learn that it saw nothing from here on
            self.failure = error

    def look(self) -> None:
        """Read the offsets of all groups, then the fences, and compare them."""
        try:
            offsets = self._offsets()
            if not offsets:
                return
            fences = self._fences()
        except (PyMongoError, KafkaException):  # a server is away: the next look may find it
            self.blind += 1
            return
        self.looks += 1
        for one in ahead(offsets, fences):
            self.found.setdefault(one.spot, one)

    def _asking(self, group: str) -> Consumer:
        settings = {"bootstrap.servers": self._world.kafka, "group.id": group, "enable.auto.commit": False}
        return Consumer({**settings, "log_level": 0, "reconnect.backoff.max.ms": 500})

    def _offsets(self) -> dict[Spot, int]:
        return {
            Spot(self._world.services[service].group, place.topic, place.partition): place.offset
            for service, consumer in self._consumers.items()
            for place in consumer.committed(self._spots[service], timeout=TIMEOUT)
            if place.error is None and place.offset >= 0
        }

    def _fences(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for place in self._world.services.values():
            fences = self._mongo[place.database].get_collection("fences", read_concern=LINEARIZABLE)
            rows = fences.find({}, {"next": 1}).batch_size(1_000).max_time_ms(int(TIMEOUT * 1000))  # such a read has one batch only
            found |= {row["_id"]: row["next"] for row in rows}
        return found
