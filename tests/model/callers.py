"""Whoever asks the service for something, and writes down what was said: strangers on topics, and people over HTTP who ask until told."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiokafka import TopicPartition

from contracts.envelope import Envelope
from contracts.message import Message
from contracts.topics import DEALS, ONBOARDING
from tests.model.broker import Unsent
from tests.model.loop import EPOCH
from tests.model.tally import PLAIN, TOLD, Enter, Told

SOURCE = "/elsewhere"
Entry = tuple[str, tuple[str, int]]
"""The key of a tally, and what it is told: how, and the number."""
IDS = uuid.UUID("1f0a9c1e-5f0e-4a55-9d0c-0d7c9c0e7a11")


@dataclass
class Call:
    """A command over HTTP, asked again under the same key until it is answered. `answered`: event ids, as told to the caller."""

    command: Enter
    id: str
    process: Any = None
    task: Any = None
    answered: list[tuple[str, ...]] = field(default_factory=list)
    wanted: int = 1
    failures: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the caller still wants to know."""
        return len(self.answered) < self.wanted


class Callers:
    """`published`: number and how of each message that a topic took, by aggregate; `reused`: how many came under an id used before;
    `rivals`: pairs of messages under one id, of which either may be the one that counts."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.published: dict[str, list[tuple[str, int]]] = {}
        self.records: list[tuple[TopicPartition, Unsent]] = []
        self.calls: list[Call] = []
        self.reused = 0
        self.rivals: list[tuple[Entry, Entry]] = []
        self._count = 0

    # ---- topics -----------------------------------------------------------------------------------------------

    def publish(self, key: str, how: str = PLAIN, seconds: int = 60) -> None:
        """A command on its topic, which has it for good."""
        self._count += 1
        self._publish(Enter(deal_id=key, number=self._count, how=how, seconds=seconds), DEALS.commands)
        self.published.setdefault(key, []).append((how, self._count))

    def tell(self, handover: str, key: str) -> None:
        """An event of another service, for the tally of its key and for another."""
        self._count += 1
        self._publish(Told(handover_id=handover, deal_id=key, number=self._count), ONBOARDING.events)
        for told in (handover, key):
            self.published.setdefault(told, []).append((TOLD, self._count))

    def _publish(self, message: Message, topic: Any, headers: Any = None) -> None:
        moment = EPOCH + timedelta(seconds=self._world.clock.now)
        id_ = str(uuid.uuid5(IDS, str(self._count)))
        headers = headers or Envelope(id_, SOURCE, message.wire_type(), message.key, moment).headers()
        deployment = self._world.deployment
        tp = TopicPartition(deployment.name_of(topic), deployment.lane_of(message.key))
        self._append(tp, Unsent(message.key.encode(), message.model_dump_json().encode(), headers))

    def duplicate(self, index: int) -> None:
        """One of the records again, as a publisher without idempotence sends it."""
        self._append(*self.records[index % len(self.records)])

    def reuse_id(self, index: int) -> None:
        """Another content under an id that was used before."""
        tp, record = self.commands[index % len(self.commands)]
        self.reused += 1
        self._world.broker.append(tp, [Unsent(record.key, (record.value or b"").replace(b"{", b'{"other":true,', 1), record.headers)])

    def rival(self, index: int, key: str) -> None:
        """A command for another aggregate, under the id of one of the plain commands: whichever is taken later is the one that is wrong."""
        _, first = self.commands[index % len(self.commands)]
        told = Enter.model_validate_json(first.value or b"")
        self._count += 1
        self._publish(Enter(deal_id=key, number=self._count), DEALS.commands, first.headers)
        self.reused += 1
        self.rivals.append(((told.deal_id, (told.how, told.number)), (key, (PLAIN, self._count))))

    def end_transaction(self, index: int) -> None:
        """The publisher of one of the records ends a transaction on its partition: the marker takes an offset that no reader ever sees."""
        tp, _ = self.records[index % len(self.records)]
        self._world.broker.skip(tp)

    @property
    def commands(self) -> list[tuple[TopicPartition, Unsent]]:
        """The records on the commands topic."""
        return [(tp, record) for tp, record in self.records if tp.topic == self._world.deployment.name_of(DEALS.commands)]

    def _append(self, tp: TopicPartition, record: Unsent) -> None:
        self.records.append((tp, record))
        self._world.broker.append(tp, [record])

    # ---- HTTP -------------------------------------------------------------------------------------------------

    def call(self, key: str, how: str = PLAIN, seconds: int = 60, times: int = 1) -> Call:
        """A command over HTTP; `times` 2: the caller asks once more after the answer."""
        self._count += 1
        call = Call(Enter(deal_id=key, number=self._count, how=how, seconds=seconds), f"call-{self._count}", wanted=times)
        self.calls.append(call)
        return call

    def go_on(self) -> None:
        """Hear answers, and ask again where there is none. A caller turns to whoever serves."""
        serving = [process for process in self._world.processes if process.alive and not process.frozen]
        for call in self.calls:
            if call.task is not None and call.task.done() and call.process.alive:
                self._hear(call)
            if call.task is not None and (not call.process.alive or call.process.frozen):
                call.task.add_done_callback(_unheard)
                call.task = None
            if call.task is None and call.is_open and serving:
                call.process = serving[-1]
                call.task = call.process.execute(call.command, call.id)

    def _hear(self, call: Call) -> None:
        task, call.task = call.task, None
        if task.exception():
            call.failures += 1
        elif (answer := task.result()).stored is not None:
            call.answered.append(tuple(answer.stored["answer"]["events"]))
        else:
            call.answered.append(answer.outcome.events)


def _unheard(task: Any) -> None:
    """The caller has gone to another process: how this one failed them is nobody's business any more."""
    if not task.cancelled():
        task.exception()
