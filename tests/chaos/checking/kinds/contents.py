"""One id, one content: whatever our services publish again is the same to the byte."""

from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.deliveries import ORIGIN
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Key, value and headers of every repeat are those of the first; of what was forwarded, key and value."""
    for topic, records in evidence.run.topics.items():
        if topic.endswith(".dead-letters"):
            continue
        own, first = evidence.run.source(topic.partition(".")[0]), dict[tuple[str, str, bool], Record]()
        for record in records:
            forwarded = record.header(ORIGIN) is not None
            if not record.id or (record.source != own and not forwarded):
                continue
            known = first.setdefault((record.source, record.id, forwarded), record)
            if _content(known, forwarded) != _content(record, forwarded):
                yield Violation(Broken.CONTENTS, f"{record.type} stands at {known.where} and, otherwise, at {record.where}", (record.id,))


def _content(record: Record, forwarded: bool) -> tuple[object, ...]:
    return (record.key, record.value) if forwarded else (record.key, record.value, record.headers)
