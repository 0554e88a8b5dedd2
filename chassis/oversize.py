"""Records that are larger than their topic takes uncompressed: how large they are, and the beginning that a dead letter keeps of them.

Kafka's limit is on compressed batches, through which a record of any size fits: 20 MB of spaces are 20 KB. No document and no topic of ours
would take it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.incoming import Record

FIRST_BYTES = 64 << 10
"""Bytes that are kept of the value, of the key, and of all headers together: enough to see whose they are."""
FIRST_OF_HEADER = 4 << 10
"""Bytes that are kept of a header, so that a large one does not push out the others."""
Header = tuple[str, bytes | None]


def size_of(record: Record) -> int:
    """Bytes of its key, value and headers, uncompressed."""
    size = len(record.value or b"") + len(record.key or b"")
    for name, value in record.headers:
        if name:
            size += len(name) if name.isascii() else _length(name)
        if value:
            size += len(value)
    return size


def _length(name: str) -> int:
    return len(name.encode(errors="replace"))


@dataclass(slots=True)
class Beginning:
    """The first bytes of a record, in its place."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]

    @classmethod
    def of(cls, record: Record) -> "Beginning":
        """What is kept of the record."""
        place = record.topic, record.partition, record.offset, record.timestamp
        return cls(*place, _first(record.key, FIRST_BYTES), _first(record.value, FIRST_BYTES), _first_headers(record.headers))


def _first(content: bytes | None, most: int) -> bytes | None:
    return None if content is None else bytes(content[:most])


def _first_headers(headers: Iterable[Header]) -> list[Header]:
    kept: list[Header] = []
    left = FIRST_BYTES
    for name, value in headers:
        pair = name[:FIRST_OF_HEADER], _first(value, FIRST_OF_HEADER)
        left -= _length(pair[0]) + len(pair[1] or b"")
        if left < 0:
            break
        kept.append(pair)
    return kept
