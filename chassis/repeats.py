"""Which messages the inbox is asked for before they are decided. A hint: what makes one once is the row that it inserts (ADR 0017)."""

from collections.abc import Iterable

KEPT = 20_000
"""Ids that are kept at least, and at most twice as many: a publisher's repeats follow closely. About 100 bytes each."""
ASKED = 100
"""Transactions that ask for all their messages, behind one that met a repeat which nobody expected."""


class Repeats:
    """The ids that this process took last, of which each may come again; and whether older ones have come again lately.

    Who repeats a message does so within seconds, or repeats all that was ever said, as a nightly export does.
    """

    def __init__(self) -> None:
        self._lately: set[int] = set()
        self._before: set[int] = set()
        self._to_ask = 0

    def __contains__(self, id_: object) -> bool:
        """Whether the id was taken lately. Another of the same hash costs a question in vain."""
        hashed = hash(id_)
        return hashed in self._lately or hashed in self._before

    @property
    def of_old(self) -> bool:
        """Whether any message may be a repeat, and the inbox is to be asked for all."""
        return self._to_ask > 0

    def took(self, ids: Iterable[str], asked: bool, met: Iterable[str]) -> None:
        """A transaction took the messages of these ids; it asked for all of them or not, and met rows that were there."""
        if any(id_ not in self for id_ in met):
            self._to_ask = ASKED
        elif asked and self._to_ask:
            self._to_ask -= 1
        if len(self._lately) >= KEPT:
            self._lately, self._before = set(), self._lately
        self._lately.update(map(hash, ids))
