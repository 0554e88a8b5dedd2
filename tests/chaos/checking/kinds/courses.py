"""What each event of a deal must have led to in each service that heard it: no more and no less; and what is known at the end of it.

Of an event that came too late to act nothing may follow, in whatever order the events came.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.chaos.checking.deliveries import TIMER, Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.course import Led
from tests.chaos.checking.models.heard import READINGS, Heard, Reading, heard
from tests.chaos.checking.violation import Broken, Violation


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Follows every deal through each topic, in the order in which the service took what stands there."""
    for reading in READINGS:
        if reading.service in evidence.run.services:
            for one in heard(evidence, reading):
                for delivery, led in zip(one.deliveries, one.led, strict=True):
                    yield from _followed(evidence, delivery, led)
                yield from _known(evidence, reading, one)


def _followed(evidence: Evidence, delivery: Delivery, led: Led) -> Iterator[Violation]:
    if led is None:
        return
    record = delivery.record
    # what is set for later may come of an event that acts, and of no other
    told = [one for one in evidence.caused.get((delivery.service, record.id), ()) if not (led and one.header(TIMER))]
    told = [one for one in told if _is_about(one.body, delivery.key)]
    names, must = Counter(one.name for one in told), Counter(led)
    if names != must:
        what = f"{record.name} of {delivery.key} was followed by {sorted(names.elements())} in {delivery.service}"
        what = f"{what}, and by the rules by {list(led)}"
        yield Violation(Broken.LOST if must - names else Broken.STATE, what, (record.id, *(one.id for one in told)))


def _is_about(body: Mapping[str, Any], key: str) -> bool:
    """Ids are unique within their source only, and a cause is told without its source."""
    return key in (body.get("deal_id"), body.get("about"))


def _known(evidence: Evidence, reading: Reading, one: Heard) -> Iterator[Violation]:
    document = evidence.run.services[reading.service].all(reading.collection or "").get(one.key)
    for wrong in one.course.differences(document["state"]) if document else ():
        what = f"{reading.service}'s {reading.collection} {one.key}: {wrong}"
        yield Violation(Broken.STATE, what, (one.key, *(delivery.record.id for delivery in one.deliveries[-3:])))
