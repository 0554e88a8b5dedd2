"""Whoever publishes what cannot be taken: every kind of poison, on every topic that is read, among good records of the same lanes."""

import json
from collections.abc import Sequence
from dataclasses import replace

from chassis.placing import partition_of
from tests.chaos.clients.client import Client
from tests.chaos.clients.neighbours import Neighbours
from tests.chaos.clients.operations import ACKNOWLEDGED, UNKNOWN, OperationLog
from tests.chaos.clients.poison import HARMLESS, OWN, SPOILT
from tests.chaos.clients.publishing import Outgoing
from tests.chaos.world import World
from tests.delivery.foreign import Sent, publish_with_header_name

KINDS = (*sorted(SPOILT), *sorted(HARMLESS), "unreadable", "reused", "too_large")
MANY = 4700


class Poisoner(Client):
    """One bad record after the other, each of another kind; a good one of the same lane before it and another behind it."""

    pause = 0.5

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._neighbours = Neighbours(name, world.partitions)
        self._swollen = 0

    def act(self) -> None:
        """One poison on one topic."""
        topic, name = self.draw.choice(sorted(OWN)), self.draw.choice(KINDS)
        if name == "reused":
            self._reuse()
        elif name == "too_large":
            self._swell()
        elif name == "unreadable":
            self._unreadable(topic)
        elif name in HARMLESS:
            self.publish([HARMLESS[name](self._neighbours.record(topic, self.next_id()))])
        else:
            self.publish(self._around(SPOILT[name](self._base(topic))))

    def _base(self, topic: str) -> Outgoing:
        key = f"{self.name}-{self.draw.randrange(20)}"
        return Outgoing.event(topic, key, OWN[topic], b"{}", self.next_id(), f"/chaos/{self.name}")

    def _around(self, bad: Outgoing) -> list[Outgoing]:
        """The record between two good ones of its partition."""
        partition = partition_of(bad.key, self.world.partitions) if isinstance(bad.key, str) else 0
        before, behind = (self._neighbours.record(bad.topic, self.next_id(), partition) for _ in range(2))
        return [before, bad, behind]

    def _reuse(self) -> None:
        """A good record, then its id around other content: the second is the dead letter, but only behind the first."""
        first = self._neighbours.record("deals.commands", self.next_id())
        if self.publish_once(first):
            body = json.loads(first.value or b"") | {"owner_id": "another"}
            self.publish([replace(first, value=json.dumps(body).encode())])

    def _swell(self) -> None:
        """Small enough for its topic, with an effect that is too large; a megabyte each, so there are few."""
        if self._swollen < 2:
            self._swollen += 1
            opening = self._neighbours.record("deals.commands", self.next_id())
            team = [{"person_id": f"{n:0200}", "role": "a"} for n in range(MANY)]
            self.publish([replace(opening, value=json.dumps(json.loads(opening.value or b"") | {"team": team}).encode())])

    def _unreadable(self, topic: str) -> None:
        """A header name that is not UTF-8, in one producer batch with good records before and behind it."""
        batch = self._around(self._base(topic))
        partition = partition_of(str(batch[0].key), self.world.partitions)
        sent = [Sent(f"{self.world.prefix}.{topic}", str(one.key), one.type, one.value, one.id, one.source) for one in batch]
        operations = [one.operation(self.name, self.world.prefix) for one in batch]
        told = self._publish_batch(partition, sent, [1])
        for operation in operations:
            self.log.ended(operation, told)

    def _publish_batch(self, partition: int, sent: Sequence[Sent], broken: Sequence[int]) -> str:
        """What is known of the batch then."""
        try:
            publish_with_header_name(self.world.kafka, partition, sent, broken, b"x-\xff\xfe")
        except Exception:  # whatever aiokafka raises: the records may have arrived or not
            return UNKNOWN
        return ACKNOWLEDGED
