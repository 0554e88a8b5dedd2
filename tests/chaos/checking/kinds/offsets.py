"""Offsets and fences: everything was read, nothing was skipped, and Kafka was never told more than the database knows."""

from collections.abc import Iterator

from tests.chaos.checking.catalogue import LINES
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Each fence stands at the end of its log; no committed offset lies behind its fence; nothing waits to be published."""
    run = evidence.run
    for name, service in run.services.items():
        fences = service.all("fences")
        for (topic, partition), end in sorted(run.ends.items()):
            if topic not in LINES[name]:
                continue
            fence = f"{run.prefix}.{name}:{run.prefix}.{topic}:{partition}"
            reached = fences.get(fence, {}).get("next", 0)
            if reached < end:
                yield Violation(
                    Broken.UNSETTLED, f"{name} has read {topic} partition {partition} up to {reached}, and it ends at {end}", (fence,)
                )
            committed = service.committed.get((topic, partition), 0)
            if committed > reached:
                yield Violation(
                    Broken.OFFSET, f"{name}'s group has committed {committed} of {topic}:{partition}, its fence is {reached}", (fence,)
                )
        for collection in ("outbox", "parked"):
            if waiting := service.all(collection):
                what = f"{len(waiting)} documents of {name}'s {collection} were never published"
                yield Violation(Broken.UNSETTLED, what, tuple(map(str, list(waiting)[:3])))
