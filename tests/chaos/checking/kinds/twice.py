"""An effect twice: two events of one kind from one cause, two events under one number."""

from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.deliveries import ORIGIN, TIMER
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """From one cause follows one event of each type for each key; each number of an aggregate belongs to one event."""
    for (service, cause), records in evidence.caused.items():
        by_kind: dict[tuple[str, str, str | None, str | None], list[Record]] = {}
        for record in records:
            by_kind.setdefault((record.topic, record.type, record.key, record.header(TIMER)), []).append(record)
        for (_, type_, key, _), same in by_kind.items():
            if len(same) > 1:
                what = f"{service} told {type_} of {key} {len(same)} times because of one message"
                yield Violation(Broken.TWICE, what, (cause, *(record.id for record in same)))
    for (service, kind, key), records in evidence.events.items():
        by_number: dict[int | None, list[Record]] = {}
        for record in records:
            by_number.setdefault(record.sequence, []).append(record)
        for number, same in by_number.items():
            if len(same) > 1:
                what = f"{len(same)} events of {service}'s {kind} {key} have the number {number}"
                yield Violation(Broken.TWICE, what, tuple(record.id for record in same))
    yield from _forwarded(evidence)


def _forwarded(evidence: Evidence) -> Iterator[Violation]:
    """A message that was forwarded keeps its id: under another it would have its effect again."""
    known = {(record.source, record.id) for record in evidence.run.records if record.header(ORIGIN) is None}
    for record in evidence.run.records:
        if record.header(ORIGIN) is not None and record.id and (record.source, record.id) not in known:
            yield Violation(Broken.TWICE, f"{record.type} at {record.where} was forwarded under an id that it never had", (record.id,))
