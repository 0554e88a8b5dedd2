"""Published twice, though nothing failed: repeats are for accidents."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.deliveries import ORIGIN
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.kinds.letters import letter_id
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Everything of our services stands on its topic once; judged only where no fault was injected."""
    if evidence.run.faults_injected:
        return
    for topic, records in evidence.run.topics.items():
        own = evidence.run.source(topic.partition(".")[0])
        named = [name for record in records if (name := _name(record, own))]
        for (*_, id_), count in Counter(named).items():
            if count > 1:
                yield Violation(Broken.REPEAT, f"a message stands {count} times on {topic}", (id_,))


def _name(record: Record, own: str) -> tuple[str, ...]:
    """What tells a publication of the topic's own service from its others; empty for what somebody else published.

    A dead letter has the id of what it was made of, and so has a forwarded record: a client may have sent either twice.
    """
    if record.topic.endswith(".dead-letters"):
        return (letter_id(record),)
    if (origin := record.header(ORIGIN)) is not None:
        return record.source, origin, record.id
    return (record.id,) if record.source == own and record.id else ()
