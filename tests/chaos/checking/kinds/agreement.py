"""Events without their change of state, and changes of state without their events: each aggregate counts its events."""

from collections.abc import Iterator

from tests.chaos.checking.catalogue import AGGREGATES
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """The last number on the topic is the one that the document has, and there are as many events."""
    for (service, kind, key), records in evidence.events.items():
        document = evidence.run.services[service].all(kind).get(key)
        last, ids = max(record.sequence or 0 for record in records), tuple(record.id for record in records[-3:])
        if document is None:
            yield Violation(Broken.UNFOUNDED, f"{service} told {len(records)} events of its {kind} {key}, which does not exist", ids)
        elif last > document["sequence"]:
            yield Violation(
                Broken.UNFOUNDED, f"{service}'s {kind} {key} counts {document['sequence']} events, and number {last} was told", ids
            )
    for service, kinds in AGGREGATES.items():
        for kind in kinds:
            for key, document in evidence.run.services[service].all(kind).items() if service in evidence.run.services else ():
                told = {record.sequence for record in evidence.events.get((service, kind, key), ())}
                if missing := sorted(set(range(1, document.get("sequence", 0) + 1)) - told)[:5]:
                    what = f"{service}'s {kind} {key} counts {document['sequence']} events, and was never heard to tell {missing}"
                    yield Violation(Broken.UNTOLD, what, (str(key),))
