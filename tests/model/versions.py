"""Documents in all their versions, on the primary and on a majority: what a snapshot, a rollback and a backup need."""

from collections.abc import Iterable, Mapping
from typing import Any

import bson

from tests.model.documents import CODEC, Document

Place = tuple[str, Any]
"""Collection and `_id`."""


class Versions:
    """The primary's log. A write gets a timestamp when the primary has it; `latest` is the primary's last one, `majority` the last that
    is on a majority, and so can never be undone. Timestamps are never used again, not even after a rollback."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[Any, list[tuple[int, bytes | None]]]] = {}
        self._undone: list[tuple[int, int]] = []
        self._last = self.latest = self.majority = 0

    def get(self, place: Place, at: int) -> Document | None:
        """The document as it was at a timestamp."""
        raw = self._raw(self._documents.get(place[0], {}).get(place[1], ()), at)
        return None if raw is None else bson.decode(raw, codec_options=CODEC)

    def ids(self, collection: str) -> list[Any]:
        """Ids of all documents that are, or ever were, there; in order of their first insertion."""
        return list(self._documents.get(collection, ()))

    def changed_since(self, place: Place, at: int) -> bool:
        """Whether the primary has a version that is newer."""
        versions = self._documents.get(place[0], {}).get(place[1])
        return bool(versions) and versions[-1][0] > at

    def write(self, writes: Mapping[Place, Document | None]) -> int:
        """The primary takes the writes, all at once; the timestamp."""
        self._last += 1
        self.latest = self._last
        for (collection, id_), document in writes.items():
            raw = None if document is None else bson.encode(document)
            self._documents.setdefault(collection, {}).setdefault(id_, []).append((self.latest, raw))
        return self.latest

    def replicate(self, up_to: int | None = None) -> None:
        """A majority has everything up to the timestamp."""
        self.majority = max(self.majority, min(self.latest, up_to or self.latest))

    def go_back(self, to: int) -> None:
        """Undo everything after the timestamp: by a step-down, or because a backup is restored."""
        self._undone.append((to, self.latest))
        for collection in self._documents.values():
            for id_, versions in list(collection.items()):
                collection[id_] = [version for version in versions if version[0] <= to]
                if not collection[id_]:
                    del collection[id_]
        self.latest = self.majority = to

    def is_undone(self, timestamp: int) -> bool:
        """Whether a write was rolled back."""
        return any(after < timestamp <= last for after, last in self._undone)

    @staticmethod
    def _raw(versions: Iterable[tuple[int, bytes | None]], at: int) -> bytes | None:
        return next((raw for timestamp, raw in reversed(list(versions)) if timestamp <= at), None)
