"""Aggregates as documents: state, schema version, counters, timers; as the database has them and as a transaction leaves them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import bson
from pydantic import BaseModel

from chassis.aggregate import Aggregate
from chassis.mongo import Conflict

AGGREGATE_LIMIT = 1 << 20
"""Bytes of an aggregate's document at most."""


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
        """
        if document["schema"] > kind.schema:
            raise Conflict(
                f"{kind.collection} {document['_id']!r} has schema {document['schema']}, newer than {kind.schema}: needs a newer build"
            )
        state = kind.decode(document["state"], document["schema"])
        return cls(
            document["_id"], state, document["sequence"], document["position"], document.get("applied", 0), document.get("timers", {})
        )

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
