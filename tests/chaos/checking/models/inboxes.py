"""What recipients asked of their inboxes: choices of how to hear, and what has been read."""

from collections import Counter
from collections.abc import Iterable

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.history import Said, commands

SERVICE = "notifications"
CHANGES = ("SetPreferences", "MarkRead")


def changes(evidence: Evidence) -> Counter[str]:
    """How often each recipient was changed by a command: the clients ask for nothing that is so already."""
    return Counter(key for key, some in commands(evidence, SERVICE).items() for one in some if one.command.name in CHANGES)


def last(said: Iterable[Said]) -> list[Said]:
    """Those of one client's commands that may have been taken last: of one partition one, of requests all that no answer came before."""
    some = list(said)
    return [one for one in some if not any(_is_before(one, other) for other in some)]


def _is_before(one: Said, other: Said) -> bool:
    if one.place and other.place and one.place[:2] == other.place[:2]:
        return one.place[2] < other.place[2]
    return one.told_at < other.sent_at
