"""What comes late changes nothing: of a cycle that is over, of a version that is not newer; what comes in time has its effect."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from tests.chaos.checking.deliveries import Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.overtaking import Course, CycleCourse, HandoverCourse, NewsCourse
from tests.chaos.checking.models.turns import turns
from tests.chaos.checking.run import Place
from tests.chaos.checking.violation import Violation

KIND, LOST = "aggregate not what its messages imply", "lost command"


class Reading(NamedTuple):
    """One service on one topic. `collection`: whose state shows what was heard last, where one does; `told`: what something must follow."""

    service: str
    topic: str
    course: type[Course]
    collection: str | None = None
    told: tuple[str, ...] = ()


READINGS = (
    Reading("onboarding", "deals.events", HandoverCourse, "handovers", ("DealClosedWon", "PackageSubmitted")),
    Reading("notifications", "deals.events", NewsCourse, "deals", ("DealClosedWon",)),
    Reading("feedback", "deals.events", CycleCourse),
    Reading("feedback", "onboarding.events", CycleCourse),
)


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Follows every deal through each topic, in the order in which the service took what stands there."""
    for reading in READINGS:
        if reading.service in evidence.run.services:
            for key, some in turns(evidence, reading.service, reading.topic).items():
                yield from _follow(evidence, reading, key, some)


def overtaken(evidence: Evidence, service: str, topic: str) -> frozenset[Place]:
    """Where the messages stand that came too late to act on that service."""
    (course,) = (reading.course for reading in READINGS if (reading.service, reading.topic) == (service, topic))
    found: set[Place] = set()
    for some in turns(evidence, service, topic).values():
        take = partial(_take, course())
        found.update(one.record.place for one in some if not take(one))
    return frozenset(found)


def _follow(evidence: Evidence, reading: Reading, key: str, some: list[Delivery]) -> Iterator[Violation]:
    course = reading.course()
    for one in some:
        followed = [record for record in evidence.caused.get((reading.service, one.record.id), ()) if _is_about(record.body, key)]
        acts = _take(course, one)
        if acts and one.record.name in reading.told and not followed:
            what = f"{one.record.name} of {key} at {one.record.where} came in time for {reading.service}, and nothing followed"
            yield Violation(LOST, what, (one.record.id,))
        if not acts and followed:
            told = f"was followed by {followed[0].name}"
            what = f"{one.record.name} of {key} at {one.record.where} came too late for {reading.service}, and {told}"
            yield Violation(KIND, what, (one.record.id, *(record.id for record in followed)))
    document = evidence.run.services[reading.service].all(reading.collection or "").get(key)
    for wrong in course.differences(document["state"]) if document else ():
        yield Violation(KIND, f"{reading.service}'s {reading.collection} {key}: {wrong}", (key, some[-1].record.id))


def _take(course: Course, one: Delivery) -> bool:
    """Whether it acts. Of an event that names no cycle nobody can tell."""
    return "cycle" not in one.record.body or course.take(one.record.name, one.record.body)


def _is_about(body: dict[str, object], key: str) -> bool:
    """Ids are unique within their source only, and a cause is told without its source."""
    return key in (body.get("deal_id"), body.get("about"))
