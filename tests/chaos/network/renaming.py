"""Puts other names of the same length into a stream of bytes: a replica set's clients learn its members' addresses from its answers."""

import re
from collections.abc import Mapping


class Renaming:
    """Replaces names in one direction of one connection, also where a name is divided between two pieces.

    `names`: by what the server says; each pair must be of one length, because the messages that hold them state their own.
    A piece that ends within a possible name is held back until the next: an answer of MongoDB ends with a zero byte, so there is a next.
    """

    def __init__(self, names: Mapping[bytes, bytes]) -> None:
        if any(len(old) != len(new) for old, new in names.items()):
            raise ValueError("a name can only be replaced by one of the same length")
        self._names = names
        self._pattern = re.compile(b"|".join(map(re.escape, names))) if names else None
        self._begins = sorted({name[:length] for name in names for length in range(1, len(name))}, key=len, reverse=True)
        self._held = b""

    def __call__(self, piece: bytes) -> bytes:
        """The piece as it goes on."""
        if self._pattern is None:
            return piece
        text = self._pattern.sub(lambda found: self._names[found[0]], self._held + piece)
        self._held = next((begin for begin in self._begins if text.endswith(begin)), b"")
        return text[: len(text) - len(self._held)]
