"""A run in the shapes that judging needs: deliveries, operations by id, events by the message that caused them, in the order of changes."""

from functools import cached_property
from typing import NamedTuple

from tests.chaos.checking.catalogue import HOME
from tests.chaos.checking.data import Document, Operation, Record, RunData
from tests.chaos.checking.deliveries import ORIGIN, Delivery, deliveries
from tests.chaos.checking.faults import Faults
from tests.chaos.checking.violation import Excuse

CRASHED, KILLS = "crashed", 3
"""After so many deaths over one message a service makes it a dead letter, and may be wrong where something else killed it."""
Subject = tuple[str, str, str]
"""Service, kind of aggregate, key."""


class Request(NamedTuple):
    """All tries of one operation over HTTP. `answer`: the row in which the service keeps what it answered, if there is one."""

    tries: tuple[Operation, ...]
    answer: Document | None

    @property
    def first(self) -> Operation:
        """The first try."""
        return self.tries[0]

    @property
    def sent_at(self) -> float:
        """When it was asked for first."""
        return min(one.sent_at for one in self.tries)

    @property
    def told_at(self) -> float:
        """When it had certainly happened; infinite where nobody was told."""
        return min((one.told_at for one in self.tries if one.is_answered), default=float("inf"))


class Evidence:
    """Derived from a run, each once."""

    def __init__(self, run: RunData) -> None:
        self.run = run

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """What must become of every record."""
        return deliveries(self.run)

    @cached_property
    def firsts(self) -> list[Delivery]:
        """The first delivery of every message that has a line; later ones have no effect."""
        found: dict[tuple[str, str], Delivery] = {}
        for delivery in self.deliveries:
            if delivery.line and delivery.reason != "id_reused":
                found.setdefault((delivery.service, delivery.inbox_id), delivery)
        return list(found.values())

    @cached_property
    def requests(self) -> dict[str, Request]:
        """Operations over HTTP by their id."""
        answers = {
            (name, _key_of(row_id)): row for name, service in self.run.services.items() for row_id, row in service.all("answers").items()
        }
        return {
            id_: Request(tuple(one for one in some if one.value == some[0].value), answers.get((some[0].service, id_)))
            for id_, some in self._tries.items()
        }

    @cached_property
    def reused(self) -> list[Operation]:
        """Tries under the key of an operation that was another one."""
        return [one for some in self._tries.values() for one in some if one.value != some[0].value]

    @cached_property
    def _tries(self) -> dict[str, list[Operation]]:
        tries: dict[str, list[Operation]] = {}
        for operation in self.run.operations:
            if operation.way != "topic":
                tries.setdefault(operation.id, []).append(operation)
        return tries

    @cached_property
    def published(self) -> dict[tuple[str, str], Operation]:
        """The first try of every record that a client published, by source and id: one told late stands on its topic all the same."""
        return {(one.source, one.id): one for one in reversed(self.run.operations) if one.way == "topic"}

    @cached_property
    def events(self) -> dict[Subject, list[Record]]:
        """First occurrences of counted events of our own services, by the aggregate that counts them, as they stand on the topic."""
        found: dict[Subject, list[Record]] = {}
        for topic in {home for home in HOME.values() if home.endswith((".events", ".people"))}:
            service = topic.partition(".")[0]
            for record in self.run.firsts(topic, self.run.source(service)):
                if record.sequence is not None:
                    found.setdefault(subject(service, record), []).append(record)
        return found

    @cached_property
    def caused(self) -> dict[tuple[str, str], list[Record]]:
        """First occurrences of everything that our services published of their own accord, by service and the id of the cause."""
        found: dict[tuple[str, str], list[Record]] = {}
        for topic in self.run.topics:
            service, _, kind = topic.partition(".")
            if kind == "dead-letters":
                continue
            for record in self.run.firsts(topic, self.run.source(service)):
                if record.header(ORIGIN) is None:
                    found.setdefault((service, cause_of(record.causation)), []).append(record)
        return found

    @cached_property
    def reopened(self) -> dict[str, int]:
        """The highest cycle that was reopened, by deal."""
        found: dict[str, int] = {}
        for record in self.run.firsts("deals.events"):
            cycle = record.body.get("cycle")
            if record.name == "DealReopened" and isinstance(cycle, int):
                found[record.key or ""] = max(cycle, found.get(record.key or "", 1))
        return found

    @cached_property
    def completed(self) -> dict[str, frozenset[int]]:
        """The cycles whose handover told that it was complete, by deal."""
        found: dict[str, set[int]] = {}
        for record in self.run.firsts("onboarding.events", self.run.source("onboarding")):
            if record.name == "HandoverCompleted":
                found.setdefault(record.key or "", set()).add(record.body["cycle"])
        return {key: frozenset(cycles) for key, cycles in found.items()}

    @cached_property
    def faults(self) -> Faults:
        """Faults that were carried out."""
        return Faults(self.run.faults)

    @cached_property
    def excuses(self) -> dict[tuple[str, str], Excuse]:
        """Dead letters of good messages that the service could not tell from messages that kill it, by service and inbox row."""
        found: dict[tuple[str, str], Excuse] = {}
        for delivery in self.firsts:
            letters = self.run.services[delivery.service].all("dead_letters")
            letter = next((letters[id_] for id_ in self.letter_ids(delivery) if id_ in letters), None)
            if not delivery.reason and letter and letter["reason"] == CRASHED and (deaths := self._deaths(delivery, letter)) >= KILLS:
                record = delivery.record
                found[delivery.service, delivery.inbox_id] = Excuse(delivery.service, record.type, record.id, CRASHED, deaths)
        return found

    def excused(self, delivery: Delivery) -> bool:
        """Whether a good message may be a dead letter because the service was killed over and over while it worked on it."""
        return (delivery.service, delivery.inbox_id) in self.excuses

    def _deaths(self, delivery: Delivery, letter: Document) -> int:
        """Deaths of the service while the message waited. The times at both ends are as wrong as the clocks of those who wrote them."""
        begin = delivery.record.timestamp / 1000 - self.faults.skew(delivery.record.topic.partition(".")[0])
        return self.faults.deaths(delivery.service, begin, letter["changed_at"].timestamp() + self.faults.skew(delivery.service))

    def letter_ids(self, delivery: Delivery) -> tuple[str, ...]:
        """Ids under which the service may keep the dead letter; one found dead before it was read has no line."""
        return f"{self.run.prefix}.{delivery.letter_id}", f"{self.run.prefix}.{delivery.record.where}"


def subject(service: str, record: Record) -> Subject:
    """The aggregate that counts the event."""
    if record.topic.endswith(".people"):
        return service, "colleagues" if service == "notifications" else "customers", record.key or ""
    if service == "notifications":
        if record.name == "DirectoryCommandRefused":
            team = record.body.get("command") == "AssignAccountTeam"
            return service, "teams" if team else "recipients", record.key or ""
        return service, "emails", str(record.body.get("notification_id"))
    return service, {"deals": "deals", "onboarding": "handovers", "feedback": "deal_surveys"}[service], record.key or ""


def cause_of(causation: str) -> str:
    """The id of the operation in the id of a message: over HTTP `who|route|key`, in bulk `who|bulk|key|line`."""
    parts = causation.split("|")
    return "|".join(parts[2:]) if len(parts) > 2 else causation


def _key_of(answer_id: str) -> str:
    """The operation's id in that of a stored answer: `source|line|message id`."""
    return cause_of("|".join(answer_id.split("|")[2:]))
