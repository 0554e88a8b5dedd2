"""From a Kafka record to messages, without ever raising: what cannot be read carries its reason."""

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chassis import headers as names
from chassis.decision import Actor, DomainError, Forbidden
from chassis.incoming import Death, Incoming, Origin, Reason, Record
from chassis.line import Line
from chassis.oversize import Beginning, size_of
from chassis.people import PersonErased
from chassis.placing import partition_of
from chassis.tokens import Tokens, Unauthorized
from chassis.tracing import REQUEST
from contracts.envelope import parse_time
from contracts.registry import by_wire_type
from contracts.topics import Kind, Topic
from contracts.values import is_id

REFUSALS: dict[str, type[DomainError]] = {error.code: error for error in (Unauthorized, Forbidden)}
"""What refuses a command before it is decided, by code."""
DETAIL_LIMIT = 300
ATTRIBUTE_LIMIT = 4_000
"""Characters of an id or a type at most: what follows from a message carries them in its headers, and must fit its topic."""


def digest(value: bytes | None) -> bytes:
    """Eight bytes that tell one value from another."""
    return blake2b(value or b"", digest_size=8).digest()


def fingerprint(record: Record) -> bytes:
    """Eight bytes that tell one record from another."""
    return digest((record.key or b"") + b"\0" + (record.value or b""))


def describe(error: Exception) -> str:
    """What is wrong, without the content: pydantic's messages are given by field, without the input."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors(include_input=False))[:DETAIL_LIMIT]
    if isinstance(error, DomainError):
        return error.detail[:DETAIL_LIMIT]
    return f"{type(error).__name__}: {error}"[:DETAIL_LIMIT]


def fault(error: Exception) -> str:
    """Where something failed that must not fail; without the error's own words, which may quote the message."""
    if isinstance(error, ValidationError):
        return describe(error)
    place = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{type(error).__name__}" + "".join(f" in {Path(at.filename).name}, line {at.lineno}, {at.name}" for at in place)


class Reader:
    """Reads records of the topics of one service. `lines`: all its subscription lines; `topics`: by name on the broker."""

    def __init__(self, lines: Iterable[Line], topics: Mapping[str, Topic], partitions: int, tokens: Tokens) -> None:
        self._topics, self._partitions, self._tokens = topics, partitions, tokens
        self._most = {name: topic.batch_limit for name, topic in topics.items()}  # more than a batch by itself: it came compressed
        self._by_name = {line.name: line for line in lines}
        self._by_type: dict[tuple[Topic, str], list[Line]] = {}
        for line in self._by_name.values():
            if line.topic:
                self._by_type.setdefault((line.topic, line.message.wire_type()), []).append(line)

    def read(self, record: Record, size: int | None = None) -> list[Incoming]:
        """The record as one message per subscription line; a list with one death, or one message passed over, where there is none. `size`:
        its bytes, uncompressed, where they have been counted already."""
        base = Incoming(Origin(record.topic, record.partition, record.offset, record.timestamp), record, lane=record.partition)
        found: dict[str, bytes] = {}
        lines: list[Line] = []
        try:
            found = dict(record.headers)
            if why := found.get(names.UNREADABLE):
                base.death = Death(Reason.UNREADABLE, why.decode(errors="replace")[:DETAIL_LIMIT])
            else:
                lines = self._envelope(base, found)
        except Exception as error:  # whatever a stranger's bytes raise concerns this message alone
            base.death = Death(Reason.HEADERS, describe(error))
        if (size := size or size_of(record)) > (most := self._most[record.topic]):
            base.death = Death(Reason.TOO_LARGE, f"the record has {size:,} bytes, more than {most:,}: only its beginning is kept")
            base.record, base.full_size = Beginning.of(record), size
        if not lines:
            return [base]
        others = [replace(base, line=line) for line in lines[1:]]
        base.line = lines[0]
        return [m if m.death else self._for_line(m, found) for m in (base, *others)]

    # ---- the envelope -----------------------------------------------------------------------------------------

    def _envelope(self, m: Incoming, found: Mapping[str, bytes]) -> list[Line]:
        """Fill in what the headers say; the lines that the message goes to."""
        record = m.record
        assert record is not None
        topic = self._topics[record.topic]
        trusted = topic.kind is Kind.PRIVATE
        if trusted:
            topic = self._trusted(m, found, topic)
        if topic.compacted and record.value is None:
            return self._erased(m, found, topic)
        m.type, m.source, m.id = _attribute(found, "ce_type"), _source(found), _attribute(found, "ce_id")
        m.time = self._time(found, record, by_timer=m.timer is not None)
        m.correlation = (_optional(found, "ce_correlationid") or m.id)[:ATTRIBUTE_LIMIT]
        m.traceparent = _optional(found, "traceparent")
        m.digest = digest(record.value)
        m.actor = self._actor(m, found, trusted)
        if trusted and (name := _optional(found, names.LINE)):
            return [self._by_name[name]]
        return self._route(m, topic)

    def _trusted(self, m: Incoming, found: Mapping[str, bytes], private: Topic) -> Topic:
        """What only the service's own private topic may say: timers, and where a forwarded or redriven record comes from."""
        if timer := _optional(found, names.TIMER):
            m.timer = timer, int(_text(found, names.GENERATION))
        m.redrive = _optional(found, names.REDRIVE)
        if origin := _optional(found, names.ORIGIN):
            m.origin = Origin(*json.loads(origin))
            return self._topics.get(m.origin.topic, private)
        return private

    def _route(self, m: Incoming, topic: Topic) -> list[Line]:
        """By topic and type, never by type alone."""
        if lines := self._by_type.get((topic, m.type)):
            return lines
        known = by_wire_type(m.type)
        if known is None:
            m.death = Death(Reason.UNKNOWN_TYPE, f"the type {m.type[:100]!r} is not known to this build")
        elif known.topic != topic:
            m.death = Death(Reason.WRONG_TOPIC, f"{m.type} is not a message of this topic")
        else:
            m.passed = True
        return []

    def _erased(self, m: Incoming, found: Mapping[str, bytes], topic: Topic) -> list[Line]:
        """A tombstone. Its owner's relay may publish it twice, and a person may have been recorded anew behind the first: so it has an id
        like any message. One that somebody wrote by hand has no headers, and its place is its id."""
        assert m.record is not None
        m.type = PersonErased.wire_type()
        if "ce_id" in found and "ce_source" in found:
            m.source, m.id, m.time = _source(found), _attribute(found, "ce_id"), self._time(found, m.record, by_timer=False)
        else:
            m.source, m.id = m.record.topic, f"{m.record.partition}:{m.record.offset}"
            m.time = datetime.fromtimestamp(m.record.timestamp / 1000, UTC)
        m.digest = digest(m.record.key)
        lines = [line for line in self._by_name.values() if line.topic == topic and line.message is PersonErased]
        m.passed = not lines
        return lines

    def _time(self, found: Mapping[str, bytes], record: Record, by_timer: bool) -> datetime:
        """The message's own time, never later than the clock; the record's where the message has none. A timer's is when it was due
        by the server's clock, which may be ahead of ours."""
        text = _optional(found, "ce_time")
        moment = parse_time(text) if text else datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return moment if by_timer else min(moment, datetime.now(UTC))

    def _actor(self, m: Incoming, found: Mapping[str, bytes], trusted: bool) -> Actor:
        if trusted and (said := _optional(found, names.REFUSAL)):
            code, detail = json.loads(said)
            m.refusal = REFUSALS[code](detail)
        if trusted and (said := _optional(found, names.ACTOR)):
            known = json.loads(said)
            return Actor(known["id"], frozenset(known["roles"]), known["verified"])
        if token := _optional(found, names.AUTHORIZATION):
            try:
                return self._tokens.actor(token, at=datetime.fromtimestamp(m.origin.timestamp / 1000, UTC))
            except DomainError as error:
                m.refusal = error
        return Actor(m.source)

    # ---- the content ------------------------------------------------------------------------------------------

    def _for_line(self, m: Incoming, found: Mapping[str, bytes]) -> Incoming:
        line, record = m.line, m.record
        assert line is not None
        assert record is not None
        try:
            if record.value is None and line.message is PersonErased:
                m.body = PersonErased(person_id=(record.key or b"").decode())
            else:
                m.body = line.message.model_validate_json(record.value or b"")
            m.key = line.key(m.body)
            m.lane = partition_of(m.key, self._partitions)
        except Exception as error:
            m.death = Death(Reason.INVALID, describe(error))
        if line.needs_person and not m.actor.verified and m.refusal is None:
            m.refusal = Forbidden("this needs a named person: send that person's token in the header `authorization`")
        return m


def _text(found: Mapping[str, bytes], name: str) -> str:
    try:
        return found[name].decode()
    except KeyError:
        raise ValueError(f"the header {name} is missing") from None
    except (UnicodeDecodeError, AttributeError):
        raise ValueError(f"the header {name} is not UTF-8 text") from None


def _attribute(found: Mapping[str, bytes], name: str) -> str:
    """A required attribute of CloudEvents, never empty: without an id a message could not be remembered, and would act twice."""
    text = _text(found, name)
    if not 0 < len(text) <= ATTRIBUTE_LIMIT:
        raise ValueError(f"the header {name} has {len(text):,} characters, and must have 1 to {ATTRIBUTE_LIMIT:,}")
    return text


def _source(found: Mapping[str, bytes]) -> str:
    """Who sends it. A command without a token is recorded as asked for by its source, as by a person's id."""
    text = _attribute(found, "ce_source")
    if not is_id(text):
        raise ValueError("the header ce_source must have 1 to 200 printable characters")
    return text


def _optional(found: Mapping[str, bytes], name: str) -> str | None:
    return _text(found, name) if name in found else None


def from_request(line: Line, body: Any, actor: Actor, id: str, source: str, value: bytes, place: Callable[[str], int]) -> Incoming:
    """A command that came over HTTP, as if it had been read from a topic at this moment."""
    key = line.key(body)
    now = datetime.now(UTC)
    origin = Origin(source, place(key), 0, int(now.timestamp() * 1000))
    m = Incoming(origin, None, line, line.message.wire_type(), source, id, body, key, place(key), digest(value), now, actor)
    m.correlation, m.traceparent = id, REQUEST.get()
    return m
