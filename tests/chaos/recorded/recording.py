"""A tiny run as the checker reads one, built by hand: a deal, a handover, a survey, notifications, a team, a dead letter; nothing wrong."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.chaos.checking import Violation
from tests.chaos.checking.catalogue import LINES
from tests.chaos.checking.data import Operation, Record, RunData, Service
from tests.chaos.checking.kinds import judge

PREFIX = "p"
DEAL, WON, DONE, TEAM = "deal-1", "won-1", "done-1", "account-1"
OUTSIDE = "/elsewhere/crm"
Body = dict[str, Any]


@dataclass
class Recording:
    """What a run leaves, while it is being made up. `documents`: by service, collection and id."""

    records: list[Record] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    documents: dict[str, dict[str, dict[str, Body]]] = field(default_factory=lambda: {name: {} for name in LINES})
    mails: list[str] = field(default_factory=list)
    faults: list[Body] = field(default_factory=list)
    faults_injected: bool = False

    def put(self, topic: str, key: str, name: str, body: Body | None, id_: str, source: str, **headers: str) -> Record:
        """A record behind all others of its topic, on the only partition; whoever has a line for it has taken it."""
        service = topic.partition(".")[0]
        told = {"ce_id": id_, "ce_source": source, "ce_type": f"{service}.{name}.v1", **headers}
        value = None if body is None else json.dumps(body).encode()
        pairs = tuple((header, content.encode()) for header, content in told.items())
        record = Record(topic, 0, sum(one.topic == topic for one in self.records), key, value, pairs)
        self.records.append(record)
        for reader, topics in LINES.items():
            if line := topics.get(topic, {}).get(name):
                self.store(reader, "inbox", f"{line.name}|{source}|{id_}", {"r": "done"})
        return record

    def command(self, topic: str, key: str, name: str, body: Body, id_: str) -> None:
        """A command of a client's, acknowledged by the broker."""
        record = self.put(topic, key, name, body, id_, OUTSIDE)
        place = {"partition": 0, "offset": record.offset}
        value = json.dumps(body)
        said = Operation(
            "a", 1, "topic", topic.partition(".")[0], record.type, key, id_, OUTSIDE, value, "acknowledged", f"{PREFIX}.{topic}"
        )
        self.operations.append(replace(said, place=place))

    def fault(self, name: str, target: str, at: float = 1.0, **detail: Any) -> None:
        """A fault of a second, in the nemesis's words."""
        self.faults.append({"fault": name, "target": target, "at": at, "until": at + 1, "detail": detail})

    def buried(self, record: Record, service: str, line: str, reason: str, at: float) -> None:
        """The record became a dead letter of a service's line at that time: its row, its document, its copy on the topic.

        `line`: empty where the record was dead before any line could take it."""
        if line:
            self.store(service, "inbox", f"{line}|{record.source}|{record.id}", {"r": "dead"})
        letter = {"reason": reason, "message": "m", "status": "open", "attempts": 1, "partition": 0, "offset": record.offset}
        letter |= {"value": record.value, "type": record.type, "id": record.id, "changed_at": datetime.fromtimestamp(at, UTC)}
        self.store(service, "dead_letters", f"{PREFIX}.{record.where}:{line}" if line else f"{PREFIX}.{record.where}", letter)
        headers = {"original-topic": f"{PREFIX}.{record.topic}", "exception-fqcn": reason}
        named = {f"kafka_dlt-{name}": text for name, text in headers.items()} | ({"baton_line": line} if line else {})
        numbers = {"partition": (0).to_bytes(4), "offset": record.offset.to_bytes(8)}
        named |= {f"kafka_dlt-original-{name}": number.decode() for name, number in numbers.items()}
        body = json.loads(record.value or b"null")
        self.put(f"{service}.dead-letters", record.key or "", record.name, body, record.id, record.source, **named)

    def request(self, service: str, key: str, name: str, body: Body, id_: str, events: list[str]) -> None:
        """A command over HTTP, answered."""
        answer = {"status": 200, "outcome": "changed", "id": key, "events": events}
        said = Operation("a", 2, "http", service, f"{service}.{name}.v1", key, id_, "chief", json.dumps(body), "acknowledged")
        self.operations.append(replace(said, sent_at=1.0, told_at=2.0, answer=answer))
        kept = {"answer": {"kind": "changed", "events": events}}
        self.store(service, "answers", f"/{PREFIX}/{service}/http|any|chief|PUT /any|{id_}", kept)

    def told(self, topic: str, key: str, name: str, body: Body, cause: str, sequence: int | None = None, **headers: str) -> Record:
        """Something that a service of ours published because of a message."""
        service = topic.partition(".")[0]
        counted = {"ce_sequence": str(sequence)} if sequence else {}
        id_ = f"{name}-{key}-{headers.get('baton_timer', '')}-{cause}"
        return self.put(topic, key, name, body, id_, f"/{PREFIX}/{service}", ce_causationid=cause, **counted, **headers)

    def store(self, service: str, collection: str, id_: str, document: Body) -> None:
        """A document."""
        self.documents[service].setdefault(collection, {})[id_] = {"_id": id_, **document}

    def aggregate(self, service: str, collection: str, key: str, state: Body, sequence: int = 0, applied: int = 1, **timers: int) -> None:
        """An aggregate, and the timers that stand in these settings."""
        self.store(service, collection, key, {"state": state, "sequence": sequence, "applied": applied, "timers": timers})
        for name, setting in timers.items():
            self.store(service, "timers", f"{collection}|{key}|{name}", {"generation": setting})

    def run(self) -> RunData:
        """The run; every partition was read to its end, and Kafka was told so."""
        ends: dict[tuple[str, int], int] = {}
        for record in self.records:
            ends[record.topic, 0] = record.offset + 1
        services = {}
        for name, topics in LINES.items():
            read = {place: end for place, end in ends.items() if place[0] in topics}
            documents: dict[str, Mapping[Any, Any]] = dict(deepcopy(self.documents[name]))
            documents["fences"] = {f"{PREFIX}.{name}:{PREFIX}.{topic}:0": {"next": end} for (topic, _), end in read.items()}
            services[name] = Service(name, documents, read)
        return RunData(PREFIX, self.operations, self.records, services, ends, self.mails, self.faults, self.faults_injected)

    def violations(self) -> list[Violation]:
        """What the checker reports of it."""
        return judge(self.run()).violations
