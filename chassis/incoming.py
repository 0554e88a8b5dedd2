"""A message on its way in: what was read of a record, or of a request over HTTP, for one subscription line."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from chassis.decision import Actor, DomainError
from chassis.line import Line
from contracts.message import Message

NOBODY = Actor(id="unknown")


class Record(Protocol):
    """What a Kafka record has; aiokafka's `ConsumerRecord` is one."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any


class Reason(StrEnum):
    """Why a message is a dead letter."""

    UNREADABLE = "unreadable"
    HEADERS = "headers"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TOPIC = "wrong_topic"
    INVALID = "invalid"
    ID_REUSED = "id_reused"
    REFUSED = "refused"
    FAILED = "failed"
    TOO_LARGE = "too_large"
    CRASHED = "crashed"


class Death(NamedTuple):
    """Why a message cannot be taken: a stable reason, and a sentence without the message's content."""

    reason: Reason
    detail: str


class Origin(NamedTuple):
    """Where a record first stood, before it was forwarded or redriven."""

    topic: str
    partition: int
    offset: int
    timestamp: int


@dataclass(slots=True)
class Incoming:
    """One message for one line.

    `digest`: of the value, for finding an id used twice. `lane`: where its aggregate belongs. `answer_key`: the row that keeps its answer,
    for a command over HTTP. `timer`: name and generation, if a timer sent it. `redrive`: the dead letter it comes from. `full_size`: how
    many bytes a record has that is too large, of which `record` is the beginning. `refusal`: it is refused before it is decided. `passed`:
    known to this build, but nobody here subscribes.
    """

    origin: Origin
    record: Record | None = None
    line: Line | None = None
    type: str = ""
    source: str = ""
    id: str = ""
    body: Message | None = None
    key: str = ""
    lane: int = 0
    digest: bytes = b""
    time: datetime | None = None
    actor: Actor = field(default=NOBODY)
    correlation: str = ""
    traceparent: str | None = None
    timer: tuple[str, int] | None = None
    redrive: str | None = None
    full_size: int | None = None
    answer_key: str | None = None
    death: Death | None = None
    refusal: DomainError | None = None
    passed: bool = False
    _inbox_id: str = field(default="", init=False)

    @property
    def inbox_id(self) -> str:
        """The row that remembers this message, for this line; made once, when line, source and id are there."""
        if not self._inbox_id:
            self._inbox_id = f"{self.line.name if self.line else ''}|{self.source}|{self.id}"
        return self._inbox_id

    @property
    def here(self) -> bool:
        """Whether it has come in on the lane of its aggregate; else it is forwarded there."""
        return self.record is None or self.record.partition == self.lane

    @property
    def known(self) -> bool:
        """Whether it has a line and an id, and so can be remembered."""
        return self.line is not None and bool(self.id)

    @property
    def letter_id(self) -> str:
        """The dead letter that it would become; one for each line that could not take it."""
        if self.redrive:
            return self.redrive
        place = f"{self.origin.topic}:{self.origin.partition}:{self.origin.offset}"
        return f"{place}:{self.line.name}" if self.line else place
