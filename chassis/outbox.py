"""What a transaction leaves to be published: records in order, packed into one document for each lane."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import bson
import cramjam
import msgpack
from bson.raw_bson import RawBSONDocument

from chassis import headers as names
from chassis.decision import Tombstone
from chassis.deployment import Deployment
from chassis.incoming import Incoming
from chassis.stored import TooLarge
from chassis.tracing import child_of
from contracts.envelope import Envelope, Headers
from contracts.ids import Names
from contracts.message import Event, Message

IDS = Names("6b1f5c52-7a7e-5d3f-8c55-1d9f1f6f3a70")
"""Of events and of what timers send."""
EVENT_LIMIT = 900_000
"""Bytes of a message's value at most; below the broker's limit by what headers need."""
REFUSAL_LIMIT = 300
"""Characters of a refusal's detail that are passed on: its event cuts it there too."""
DOCUMENT_LIMIT = 4 << 20
"""Bytes of records in one outbox document at most."""


class Publication(NamedTuple):
    """A serialised record. `owner`: the aggregate whose order it keeps."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    owner: str

    def packed(self) -> bytes:
        """As MessagePack, at half of BSON's cost for so many small parts, and with its size known (ADR 0013)."""
        packed: bytes = msgpack.packb(self)
        return packed


def bundled(records: Iterable[bytes]) -> bytes:
    """Packed records, one after the other, compressed as an LZ4 block: what the server need not copy, log and sync again (ADR 0013)."""
    return bytes(cramjam.lz4.compress_block(b"".join(records)))


def unbundled(bundle: bytes) -> list[Publication]:
    """The records that `bundled` put together; headers are pairs again."""
    found = msgpack.Unpacker(use_list=False, max_buffer_size=0)
    found.feed(cramjam.lz4.decompress_block(bundle))
    return [Publication(topic, partition, key, value, list(headers), owner) for topic, partition, key, value, headers, owner in found]


def event_id(cause: Incoming, index: int) -> str:
    """The id of the index-th message that follows from `cause`: the same whenever it is decided again (RFC 4122, version 5)."""
    return IDS.id(f"{cause.source}|{cause.id}|{cause.line.name if cause.line else ''}|{index}")


def publication(deployment: Deployment, cause: Incoming, message: Message | Tombstone, id_: str, sequence: int | None) -> Publication:
    """A message that follows from `cause`, under the id that `event_id` gives. `sequence`: the aggregate's counter, for events.

    Raises:
        TooLarge: its value has more than `EVENT_LIMIT` bytes.
    """
    if isinstance(message, Tombstone):
        key, value, kind, schema = message.key, None, f"{message.topic.service}.Tombstone.v1", None
    else:
        key, value = message.key, message.model_dump_json().encode()
        kind, schema = message.wire_type(), f"{message.wire_type()}.json"
        if len(value) > EVENT_LIMIT:
            raise TooLarge(f"{kind} would have {len(value):,} bytes, more than {EVENT_LIMIT:,}")
    assert cause.time is not None
    envelope = Envelope(
        id=id_,
        source=deployment.source,
        type=kind,
        subject=key,
        time=cause.time,
        sequence=sequence if isinstance(message, Event) else None,
        dataschema=schema,
        correlation_id=cause.correlation or cause.id,
        causation_id=cause.id,
        traceparent=child_of(cause.traceparent, id_),
    )
    return Publication(
        deployment.name_of(message.topic), deployment.lane_of(key), key.encode(), value, envelope.headers(), cause.key or key
    )


def forwarded(deployment: Deployment, m: Incoming) -> Publication:
    """The message under the key of the aggregate that it is for, on the private topic: same id, same bytes, no token."""
    assert m.record is not None
    assert m.line is not None
    headers = [(name, value) for name, value in m.record.headers if not name.startswith("baton_") and name != names.AUTHORIZATION]
    headers += private_headers(m, m.line.name)
    return Publication(deployment.private_topic, m.lane, m.key.encode(), m.record.value, headers, m.key)


def private_headers(m: Incoming, line: str) -> Headers:
    """What a forwarded message says of where it comes from."""
    actor = {"id": m.actor.id, "roles": sorted(m.actor.roles), "verified": m.actor.verified}
    return [
        (names.LINE, line.encode()),
        (names.ORIGIN, json_bytes(list(m.origin))),
        (names.ACTOR, json_bytes(actor)),
        *([(names.REFUSAL, json_bytes(refusal))] if (refusal := told_refusal(m)) else []),
        *([(names.REDRIVE, m.redrive.encode())] if m.redrive else []),
    ]


def told_refusal(m: Incoming) -> list[str] | None:
    """What its place on the private topic must be told of a refusal that came before deciding: code and detail; the token is gone there."""
    return [m.refusal.code, m.refusal.detail[:REFUSAL_LIMIT]] if m.refusal else None


def json_bytes(value: Any) -> bytes:
    """Compact JSON, as header values use it."""
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass(slots=True)
class Page:
    """What one transaction publishes of one lane. `position`: microseconds since 1970, and behind earlier pages of the same aggregates.

    `packed`: the records in their order, as `Publication.packed` makes them: a batch of them unpacked is a million small objects.
    """

    lane: int
    position: int
    packed: list[bytes] = field(default_factory=list)

    def add(self, record: Publication) -> None:
        """Publish it behind the others."""
        self.packed.append(record.packed())

    def documents(self) -> Iterator[RawBSONDocument]:
        """The page as outbox documents: one, or more where it grows past `DOCUMENT_LIMIT`; none where it is empty."""
        part, chunk, weight = 0, list[bytes](), 0
        for packed in self.packed:
            if chunk and weight + len(packed) > DOCUMENT_LIMIT:
                yield self._document(part, chunk)
                part, chunk, weight = part + 1, [], 0
            chunk.append(packed)
            weight += len(packed)
        if chunk:
            yield self._document(part, chunk)

    def _document(self, part: int, records: list[bytes]) -> RawBSONDocument:
        place = {"_id": bson.ObjectId(), "lane": self.lane, "position": self.position, "part": part}
        return RawBSONDocument(bson.encode({**place, "count": len(records), "records": bundled(records)}))
