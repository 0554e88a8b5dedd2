"""Ids made of names: the same name gives the same id in every export, and two names never share one."""

import hashlib
import re
import unicodedata

from ops.errors import OpsError


def slug(name: str) -> str:
    """The name in lower-case ASCII words joined by hyphens: `Dana Reyes` is `dana-reyes`.

    A name in a script that has no ASCII form gets a fingerprint of it instead.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))
    return words or f"n-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


class Names:
    """The names seen so far by the ids made of them. `kind`: what they are names of, for the error."""

    def __init__(self, kind: str) -> None:
        self._kind, self._seen = kind, dict[str, str]()

    def id_of(self, name: str) -> str:
        """The id of a name.

        Raises:
            OpsError: another name has it; only the mapping's aliases can say which of the two is meant.
        """
        id = slug(name)
        other = self._seen.setdefault(id, name)
        if other.casefold() != name.casefold():
            raise OpsError(f"The {self._kind} {other!r} and {name!r} would share the id {id!r}: rename one in [aliases] of the mapping.")
        return id
