"""Inboxes: the last choice of how to hear is the one that is kept, and what was marked as read is read; nothing else is."""

from collections.abc import Iterator, Sequence

from tests.chaos.checking.data import Document
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.history import Said, commands
from tests.chaos.checking.models.inboxes import SERVICE, last
from tests.chaos.checking.violation import Broken, Violation

CHOSEN = ("channels", "digest_every_minutes")


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares recipients and the rows of their inboxes with what was asked."""
    if SERVICE not in evidence.run.services:
        return
    said = commands(evidence, SERVICE)
    recipients = evidence.run.services[SERVICE].all("recipients")
    for key, some in said.items():
        if choices := [one for one in some if one.command.name == "SetPreferences"]:
            yield from _chosen(key, choices, recipients.get(key))
    yield from _read(evidence, [one for some in said.values() for one in some if one.command.name == "MarkRead"])


def _chosen(key: str, choices: Sequence[Said], recipient: Document | None) -> Iterator[Violation]:
    possible = last(choices)
    found = {name: recipient["state"][name] for name in CHOSEN} if recipient else None
    if found not in [{name: one.command.body[name] for name in CHOSEN} for one in possible]:
        must = " or ".join(str({name: one.command.body[name] for name in CHOSEN}) for one in possible)
        yield Violation(Broken.STATE, f"{key} hears as {found}, and has chosen {must}", (key, *(one.id for one in possible)))


def _read(evidence: Evidence, said: Sequence[Said]) -> Iterator[Violation]:
    """A service whose clock is behind does not mark what is yet to be written by that clock."""
    skewed = evidence.faults.skew(SERVICE) > 0
    rows, named = evidence.run.services[SERVICE].all("notifications"), set[str]()
    for one in said:
        ids = one.command.body["notification_ids"]
        named.update(ids)
        if not skewed and (unread := [id_ for id_ in ids if id_ not in rows or rows[id_]["read_at"] is None]):
            yield Violation(Broken.LOST, f"{len(unread)} notifications were marked as read, and are not", (one.id, *unread[:3]))
    if strange := [str(id_) for id_, row in rows.items() if row["read_at"] is not None and id_ not in named]:
        yield Violation(Broken.STATE, f"{len(strange)} notifications are read, and nobody marked them", tuple(strange[:3]))
