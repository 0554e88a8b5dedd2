"""Published twice, though nothing failed: repeats are for accidents."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Violation

KIND = "published twice when nothing failed"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Everything of our services stands on its topic once; judged only where no fault was injected."""
    if evidence.run.faults_injected:
        return
    for topic, records in evidence.run.topics.items():
        if topic.endswith(".dead-letters"):
            continue
        own = evidence.run.source(topic.partition(".")[0])
        times = Counter(record.id for record in records if record.source == own and record.id)
        for id_, count in times.items():
            if count > 1:
                yield Violation(KIND, f"a message stands {count} times on {topic}", (id_,))
