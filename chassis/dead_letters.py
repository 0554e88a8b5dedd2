"""Dead letters: the document that is their truth, and the copy that other tools read on the dead-letter topic."""

from datetime import UTC, datetime
from typing import Any

import bson

from chassis import headers as names
from chassis.deployment import Deployment
from chassis.incoming import Death, Incoming
from chassis.outbox import Publication, told_refusal
from contracts.envelope import Headers

OPEN, REDRIVING, REDRIVEN, DISCARDED = "open", "redriving", "redriven", "discarded"


def burial(m: Incoming, death: Death, applied: int | None) -> dict[str, Any]:
    """The update statement that makes a dead letter, or opens it again. `applied`: messages that had changed its aggregate by then."""
    record = m.record
    assert record is not None
    now = datetime.now(UTC)
    first = {
        "lane": record.partition,
        "topic": m.origin.topic,
        "partition": m.origin.partition,
        "offset": m.origin.offset,
        "timestamp": m.origin.timestamp,
        "record_key": record.key,
        "value": record.value,
        "headers": [list(pair) for pair in safe_headers(record.headers)],
        "line": m.line.name if m.line else None,
        "collection": m.line.aggregate.collection if m.line and m.line.aggregate else None,
        "key": m.key or (record.key or b"").decode(errors="replace"),
        "type": m.type,
        "source": m.source,
        "id": m.id,
        "full_size": m.full_size,
        "refusal": told_refusal(m),
        "timer": m.timer,
        "actor": {"id": m.actor.id, "roles": sorted(m.actor.roles), "verified": m.actor.verified},
        "at": now,
    }
    changed = {"status": OPEN, "reason": death.reason.value, "message": death.detail, "applied": applied, "changed_at": now}
    if m.redrive:
        update = {"$setOnInsert": first, "$set": changed, "$inc": {"attempts": 1}}
    else:  # a relay may bring a forwarded record twice: what a person has done with the letter meanwhile stays
        update = {"$setOnInsert": {**first, **changed, "attempts": 1}}
    return {"q": {"_id": m.letter_id}, "u": bson.SON(update), "upsert": True}


def safe_headers(headers: Any) -> Headers:
    """The record's own headers, but for tokens and for what forwarding added: a dead letter is kept long, and copied."""
    return [(k, v) for k, v in headers if k != names.AUTHORIZATION and not k.startswith("baton_")]


def copy_of(deployment: Deployment, m: Incoming, death: Death) -> Publication:
    """The record as it was, or the beginning of one that is too large; Spring's headers say where it first stood, and why it could not be
    taken."""
    record = m.record
    assert record is not None
    topic = deployment.name_of(deployment.service.topics.dead_letters)
    why = [
        ("original-topic", m.origin.topic.encode()),
        ("original-partition", m.origin.partition.to_bytes(4, "big")),
        ("original-offset", m.origin.offset.to_bytes(8, "big")),
        ("original-timestamp", m.origin.timestamp.to_bytes(8, "big", signed=True)),
        ("original-consumer-group", deployment.group.encode()),
        ("exception-fqcn", death.reason.value.encode()),
        ("exception-message", death.detail.encode()),
    ]
    headers = [*safe_headers(record.headers), *((names.DLT + name, value) for name, value in why)]
    if m.line:
        headers.append((names.LINE, m.line.name.encode()))
    if m.full_size is not None:
        headers.append((names.FULL_SIZE, str(m.full_size).encode()))
    return Publication(topic, record.partition, record.key, record.value, headers, m.key or m.letter_id)
