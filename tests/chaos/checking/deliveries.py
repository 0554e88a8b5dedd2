"""What must become of every record, by the documentation alone: taken by a line, passed over, or a dead letter with its reason."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from tests.chaos.checking.catalogue import HOME, LINES, Line
from tests.chaos.checking.data import Record, RunData

ATTRIBUTE_LIMIT, SOURCE_LIMIT = 4_000, 200
EFFECT_LIMIT = 900_000
"""Bytes of a record's value from which on the clients' commands have effects that are too large."""
TIMER = "baton_timer"
"""The header of a timer's message: its name."""
DROPS = {"deals.people": Line("drop_customer", "customers"), "notifications.people": Line("drop_colleague", "colleagues")}
"""What takes a tombstone. It names nobody if its key is no text."""
NOT_TEXT = "\N{REPLACEMENT CHARACTER}"
"""What stands in a key for bytes that are no text."""
ORIGIN = "baton_origin"
"""The header of a record that was forwarded, and has been delivered before."""


class Delivery(NamedTuple):
    """A record as one service must take it. `line` None: none takes it. `reason`: of the dead letter that it must become."""

    service: str
    record: Record
    line: Line | None
    key: str
    reason: str | None

    @property
    def inbox_id(self) -> str:
        """The row that remembers it."""
        return f"{self.line.name if self.line else ''}|{self.record.source}|{self.record.id}"

    @property
    def letter_id(self) -> str:
        """The dead letter that it would be, but for the run's prefix."""
        return f"{self.record.where}:{self.line.name}" if self.line else self.record.where

    @property
    def message(self) -> tuple[str, str]:
        """Source and id."""
        return self.record.source, self.record.id


def deliveries(run: RunData) -> list[Delivery]:
    """Every record of every topic that a service reads, for each service; those that are passed over are left out."""
    return list(_deliveries(run))


def _deliveries(run: RunData) -> Iterator[Delivery]:
    for service, topics in LINES.items():
        if service not in run.services:
            continue
        used: dict[str, bytes | None] = {}
        for topic in topics:
            for record in run.topic(topic):
                if record.header(ORIGIN) is None and (found := _delivery(run, service, record)):
                    yield _reused(found, used)


def _reused(found: Delivery, used: dict[str, bytes | None]) -> Delivery:
    """An id that was used before with other content is a dead letter; the same message again has the fate of the first."""
    if found.line is None or not found.record.id or found.reason == "headers":
        return found
    first = used.setdefault(found.inbox_id, found.record.value)
    return found if first == found.record.value else found._replace(reason="id_reused")


def _delivery(run: RunData, service: str, record: Record) -> Delivery | None:
    def dead(reason: str, line: Line | None = None) -> Delivery:
        return Delivery(service, record, line, record.key or "", reason)

    if not record.readable:
        return dead("unreadable")
    if record.topic.endswith(".people") and record.value is None:
        return dead("invalid", DROPS[record.topic]) if NOT_TEXT in (record.key or "") else None
    if not _has_envelope(record):
        return dead("headers")
    home = HOME.get(record.type)
    if home != record.topic:
        return dead("unknown_type" if home is None else "wrong_topic")
    line = LINES[service][record.topic].get(record.name)
    if line is None:
        return None
    key = record.body.get(line.key)
    if not isinstance(key, str) or not key:
        return dead("invalid", line)
    if len(record.value or b"") > EFFECT_LIMIT:
        return Delivery(service, record, line, key, "too_large")
    return Delivery(service, record, line, key, _refused(run, service, record, key))


def _refused(run: RunData, service: str, record: Record, key: str) -> str | None:
    """Events that meet a rule that says no: a score of a deal that nobody opened, an unhappy answer where nothing was handed over."""
    met = {("deals", "PackageScored"): "deals.events", ("onboarding", "DetractorRaised"): "onboarding.events"}
    told = met.get((service, record.name))
    return "refused" if told and key not in run.subjects[told] else None


def _has_envelope(record: Record) -> bool:
    needed = [record.header(name) for name in ("ce_type", "ce_source", "ce_id")]
    if not all(text is not None and 0 < len(text) <= ATTRIBUTE_LIMIT for text in needed):
        return False
    if len(record.header("ce_source") or "") > SOURCE_LIMIT:
        return False
    optional = ("ce_time", "ce_correlationid", "traceparent")
    if any(record.raw(name) is not None and record.header(name) is None for name in optional):
        return False
    moment = record.header("ce_time")
    return moment is None or _is_time(moment)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
