"""Order per aggregate: the first occurrences of its events stand on the topic in the order of its changes, without a gap."""

from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Each first occurrence has the number behind that of the one before; all of a key stand in one partition."""
    for (service, kind, key), records in evidence.events.items():
        before: Record | None = None
        for record in records:
            expected = (before.sequence or 0) + 1 if before else 1
            if record.sequence != expected and _is_later(before, record):
                ids = (*((before.id,) if before else ()), record.id)
                yield Violation(
                    Broken.ORDER, f"{service}'s {kind} {key}: number {record.sequence} at {record.where} where {expected} was due", ids
                )
            before = record
        if len({record.partition for record in records}) > 1:
            yield Violation(
                Broken.ORDER, f"{service}'s {kind} {key} was told in several partitions", tuple(record.id for record in records[:5])
            )


def _is_later(before: Record | None, record: Record) -> bool:
    return before is None or (before.topic, before.partition) == (record.topic, record.partition)
