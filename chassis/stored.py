"""Aggregates as documents: state, schema version, counters, timers; as the database has them and as a transaction leaves them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import bson
from pydantic import BaseModel

from chassis.aggregate import Aggregate
from chassis.mongo import Conflict
from chassis.reading import fault

F = TypeVar("F")
AGGREGATE_LIMIT = 1 << 20
"""Bytes of an aggregate's document at most."""


class Unreadable(ValueError):
    """A stored document is not what this build's model says: edited by hand, restored from elsewhere, or our bug. The text names the
    document and its fields, without their content."""


class TooLarge(Exception):
    """What the decision asks for is larger than a document or a record may be."""


def checked(what: str, content: Mapping[str, Any]) -> bytes:
    """The content as BSON; a document that cannot be written must be found out while the message that asks for it can still be blamed.

    Raises:
        TooLarge: it has more than `AGGREGATE_LIMIT` bytes.
        InvalidDocument: it holds something that BSON does not know.
    """
    raw = bson.encode(content)
    if len(raw) > AGGREGATE_LIMIT:
        raise TooLarge(f"{what} would have a document of {len(raw):,} bytes, more than {AGGREGATE_LIMIT:,}")
    return raw


NO_TIMERS: Mapping[str, int] = MappingProxyType({})


class Broken(NamedTuple):
    """What is known of an aggregate whose document cannot be read: why, and the messages that had changed it if it still says so."""

    why: str
    applied: int | None


class Stored(NamedTuple):
    """One aggregate. `sequence`: events so far; `position`: of its last outbox document; `applied`: messages that changed it.

    `timers`: the generation of each timer ever set, by name.
    """

    key: str
    state: BaseModel | None = None
    sequence: int = 0
    position: int = 0
    applied: int = 0
    timers: Mapping[str, int] = NO_TIMERS

    @classmethod
    def read(cls, kind: Aggregate[Any], document: Mapping[str, Any]) -> "Stored":
        """The aggregate of a document.

        Raises:
            Conflict: a newer build wrote it; it must not be written by this one, which would drop fields.
            Unreadable: it is not a document of this kind of aggregate.
        """
        try:
            schema = field(document, "schema", int)
            if schema <= kind.schema:
                return cls(
                    document["_id"],
                    kind.decode(field(document, "state", dict), schema),
                    field(document, "sequence", int),
                    field(document, "position", int),
                    field(document, "applied", int, 0),
                    field(document, "timers", dict, {}),
                )
        except Exception as error:  # whatever strange content raises, in a lift too
            why = error if isinstance(error, Unreadable) else fault(error)
            raise Unreadable(f"{kind.collection} {document['_id']!r} cannot be read: {why}") from None
        raise Conflict(f"{kind.collection} {document['_id']!r} has schema {schema}, newer than {kind.schema}: needs a newer build")

    def encode(self, kind: Aggregate[Any], lane: int) -> bytes:
        """The document as BSON.

        Raises:
            TooLarge: it has more than `AGGREGATE_LIMIT` bytes.
        """
        assert self.state is not None
        raw = bson.encode(
            {
                "_id": self.key,
                "schema": kind.schema,
                "lane": lane,
                "sequence": self.sequence,
                "position": self.position,
                "applied": self.applied,
                "timers": dict(self.timers),
                "state": kind.encode(self.state),
            }
        )
        if len(raw) > AGGREGATE_LIMIT:
            raise TooLarge(f"the {kind.name} would have {len(raw):,} bytes, more than {AGGREGATE_LIMIT:,}")
        return raw


def field(document: Mapping[str, Any], name: str, kind: type[F], default: F | None = None) -> F:
    """A document's field.

    Raises:
        Unreadable: it is missing, or of another type. The text names the field alone.
    """
    value = document.get(name, default)
    if not isinstance(value, kind):
        raise Unreadable(f"{name}: must be {kind.__name__}")
    return value
