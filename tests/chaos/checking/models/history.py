"""The history of one aggregate: what was asked of it, by which ways and when, and what it told in the order of its changes."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tests.chaos.checking.data import Operation, Record
from tests.chaos.checking.deliveries import ORIGIN
from tests.chaos.checking.evidence import Evidence, cause_of
from tests.chaos.checking.models.deal import Command

FOREVER = float("inf")


@dataclass(frozen=True)
class Said:
    """A command that reached the service. `place`: partition and offset, of one on a topic; times as far as its client knows them."""

    id: str
    command: Command
    place: tuple[str, int, int] | None
    sent_at: float
    told_at: float


@dataclass(frozen=True)
class Step:
    """The events that followed from one message, in order."""

    cause: str
    events: tuple[Record, ...]


def steps(events: Sequence[Record]) -> list[Step]:
    """Counted events in the order of their numbers, by what caused them."""
    ordered = sorted(events, key=lambda record: record.sequence or 0)
    return [Step(cause, tuple(some)) for cause, some in groupby(ordered, key=lambda record: cause_of(record.causation))]


def commands(evidence: Evidence, service: str) -> dict[str, list[Said]]:
    """Every command that the service took, by the key of its aggregate; each once."""
    found: dict[str, list[Said]] = {}
    for key, said in (*_on_topics(evidence, service), *_over_http(evidence, service)):
        found.setdefault(key, []).append(said)
    return found


def _on_topics(evidence: Evidence, service: str) -> Iterator[tuple[str, Said]]:
    forwarded = {
        (record.source, record.id): record.place
        for record in reversed(evidence.run.topic(f"{service}.private"))
        if record.header(ORIGIN) is not None
    }
    for delivery in evidence.firsts:
        record = delivery.record
        if delivery.service != service or delivery.reason or record.topic != f"{service}.commands" or evidence.excused(delivery):
            continue
        person = _claims(record.header("authorization")).get("sub")
        command = Command(record.name, record.body, person is not None, person or record.source)
        tries = evidence.published.get(delivery.message)
        place = forwarded.get(delivery.message, record.place)
        yield delivery.key, Said(record.id, command, place, tries.sent_at if tries else 0.0, FOREVER)


def _over_http(evidence: Evidence, service: str) -> Iterator[tuple[str, Said]]:
    for id_, request in evidence.requests.items():
        first = request.first
        if first.service == service and request.answer is not None:
            yield first.key or "", Said(id_, _command(first), None, request.sent_at, request.told_at)


def _command(operation: Operation) -> Command:
    record = Record("", 0, 0, value=(operation.value or "").encode())
    return Command(operation.type.split(".")[1], record.body, True, operation.source)


def window(said: Said, done: Sequence[Said | None]) -> tuple[int, int]:
    """Between which of the steps (as many as were done before it) the command may have been taken, by its place and its times."""
    low, high = 0, len(done)
    for number, other in enumerate(done):
        if other is None:
            continue
        behind = other.told_at < said.sent_at or _is_before(other, said)
        ahead = said.told_at < other.sent_at or _is_before(said, other)
        if behind:
            low = max(low, number + 1)
        if ahead:
            high = min(high, number)
    return low, high


def _is_before(one: Said, other: Said) -> bool:
    """Whether one stands before the other in a partition."""
    return bool(one.place and other.place and one.place[:2] == other.place[:2] and one.place[2] < other.place[2])


def _claims(token: str | None) -> dict[str, Any]:
    """What a bearer token says, taken at its word."""
    if not token:
        return {}
    payload = token.removeprefix("Bearer ").split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said
