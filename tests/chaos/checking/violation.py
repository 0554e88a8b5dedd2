"""What the checker reports."""

from typing import NamedTuple


class Violation(NamedTuple):
    """A promise that was broken. `kind`: which; `what`: a sentence; `ids`: of the messages, operations and documents that show it."""

    kind: str
    what: str
    ids: tuple[str, ...] = ()
