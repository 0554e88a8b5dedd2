"""What is left of a run, as plain values: what clients were told, what stands on the topics, what the databases hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Document = Mapping[str, Any]
Body = Mapping[str, Any]
"""The content of a message."""
Place = tuple[str, int, int]
"""Topic without its prefix, partition, offset."""
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Record:
    """A record of a topic, named without the prefix. `readable`: whether its header names are text. `timestamp`: milliseconds."""

    topic: str
    partition: int
    offset: int
    key: str | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    readable: bool = True
    timestamp: int = 0

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.topic, self.partition, self.offset

    @property
    def where(self) -> str:
        """Where it stands, in a word."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @cached_property
    def _by_name(self) -> dict[str, bytes | None]:
        return dict(self.headers)

    def header(self, name: str) -> str | None:
        """A header as text; None where it is missing or is not UTF-8."""
        content = self._by_name.get(name)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            return None

    def raw(self, name: str) -> bytes | None:
        """A header's bytes."""
        return self._by_name.get(name)

    @property
    def id(self) -> str:
        """Its CloudEvents id; empty where it has none."""
        return self.header("ce_id") or ""

    @property
    def source(self) -> str:
        """Its CloudEvents source."""
        return self.header("ce_source") or ""

    @property
    def type(self) -> str:
        """Its CloudEvents type, such as `deals.DealOpened.v1`."""
        return self.header("ce_type") or ""

    @property
    def name(self) -> str:
        """The type's name, such as `DealOpened`."""
        parts = self.type.split(".")
        return parts[1] if len(parts) == 3 else self.type

    @property
    def causation(self) -> str:
        """The id of the message that it follows from."""
        return self.header("ce_causationid") or ""

    @property
    def sequence(self) -> int | None:
        """The aggregate's counter, where it has one."""
        text = self.header("ce_sequence")
        return int(text) if text else None

    @cached_property
    def body(self) -> dict[str, Any]:
        """Its content; empty where it is no JSON object."""
        try:
            content = json.loads(self.value or b"")
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True)
class Operation:
    """A line of `clients.jsonl`, as the clients' own module writes it; said again here, since the checker imports nothing from outside."""

    client: str
    n: int
    way: str
    service: str
    type: str
    key: str | None
    id: str
    source: str
    value: str | None
    told: str
    topic: str | None = None
    route: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at: float = 0.0
    told_at: float = 0.0
    answer: Document | None = None
    place: Mapping[str, int] | None = None

    @property
    def status(self) -> int | None:
        """Of the answer over HTTP, where there was one."""
        return self.answer.get("status") if self.answer else None

    @property
    def is_answered(self) -> bool:
        """Whether the service answered the operation; that it believes no token, as where its clock is wrong, is no answer to it."""
        return self.told in ("acknowledged", "refused") and self.status != UNAUTHORIZED


@dataclass(frozen=True)
class Service:
    """A service's database, by collection and id, and what Kafka knows of its group: offset by topic and partition."""

    name: str
    documents: Mapping[str, Mapping[Any, Document]] = field(default_factory=dict)
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def all(self, collection: str) -> Mapping[Any, Document]:
        """The documents of a collection by id; none where it was never made."""
        return self.documents.get(collection, {})


@dataclass(frozen=True)
class RunData:
    """All of it. `ends`: the offset behind the last record by topic and partition; `mails`: Message-IDs, or None where nobody kept any."""

    prefix: str
    operations: Sequence[Operation] = ()
    records: Sequence[Record] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)
    mails: Sequence[str] | None = None
    faults: Sequence[Document] = ()
    faults_injected: bool = True

    @cached_property
    def topics(self) -> dict[str, list[Record]]:
        """Records by topic, in the order of partition and offset."""
        found: dict[str, list[Record]] = {}
        for record in sorted(self.records, key=lambda record: record.place):
            found.setdefault(record.topic, []).append(record)
        return found

    def topic(self, name: str) -> list[Record]:
        """The records of a topic."""
        return self.topics.get(name, [])

    def source(self, service: str) -> str:
        """The CloudEvents source of a service."""
        return f"/{self.prefix}/{service}"

    @cached_property
    def subjects(self) -> dict[str, frozenset[str]]:
        """By events topic, the keys of aggregates of which their own service has told something that it counts."""
        return {
            topic: frozenset(r.key or "" for r in records if r.sequence is not None and r.source == self.source(topic.partition(".")[0]))
            for topic, records in {f"{name}.events": self.topic(f"{name}.events") for name in self.services}.items()
        }

    def firsts(self, topic: str, source: str | None = None) -> list[Record]:
        """The first occurrence of every message of a topic, of one source where it is given."""
        found: dict[tuple[str, str], Record] = {}
        for record in self.topic(topic):
            if record.id and (source is None or record.source == source):
                found.setdefault((record.source, record.id), record)
        return list(found.values())
