"""One record of a journey: where it stands in the log, what its CloudEvents headers say, and what it carries."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ABOUT = ("deal_id", "about")
"""Fields that name the deal in messages that are keyed otherwise, such as those to one recipient."""


@dataclass(frozen=True)
class Entry:
    """`time`: RFC 3339, UTC. `data`: the JSON of the value, sealed texts sealed; None where the value is none or no JSON."""

    topic: str
    partition: int
    offset: int
    type: str | None
    id: str | None
    time: str
    source: str | None
    subject: str | None
    causation_id: str | None
    data: Any

    def shape(self) -> dict[str, Any]:
        """As it is printed."""
        return dict(self.__dict__)


def entry_of(record: Any) -> Entry:
    """The entry of a record. A record without CloudEvents headers has none of what they say, and the broker's time."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers if value is not None}
    moment = datetime.fromtimestamp(record.timestamp / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return Entry(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        type=headers.get("ce_type"),
        id=headers.get("ce_id"),
        time=headers.get("ce_time", moment),
        source=headers.get("ce_source"),
        subject=headers.get("ce_subject"),
        causation_id=headers.get("ce_causationid"),
        data=_json(record.value),
    )


def _json(value: bytes | None) -> Any:
    try:
        return None if value is None else json.loads(value)
    except ValueError:
        return None


def concerns(record: Any, key: str) -> bool:
    """Whether a record is about the deal: by its key, its subject, or a field that names it."""
    raw = key.encode()
    if record.key == raw or any(name == "ce_subject" and value == raw for name, value in record.headers):
        return True
    if record.value is None or json.dumps(key, ensure_ascii=False).encode() not in record.value:
        return False
    content = _json(record.value)
    return isinstance(content, dict) and any(content.get(field) == key for field in ABOUT)
