"""What each service hears of deals, in the order in which it took it, and what each event must lead to by the deal's course."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tests.chaos.checking.data import Place
from tests.chaos.checking.deliveries import Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.course import Course, CycleCourse, Led, NewsCourse
from tests.chaos.checking.models.handover_course import HandoverCourse
from tests.chaos.checking.models.turns import turns


class Reading(NamedTuple):
    """One service on one topic. `begin`: the course of a deal before anything was heard; `collection`: whose state is what was heard,
    where one is."""

    service: str
    topic: str
    begin: Callable[[Evidence, str], Course]
    collection: str | None = None


def _handover(evidence: Evidence, key: str) -> Course:
    return HandoverCourse(evidence.completed.get(key, frozenset()))


ONBOARDING = Reading("onboarding", "deals.events", _handover, "handovers")
READINGS = (
    ONBOARDING,
    Reading("notifications", "deals.events", lambda evidence, key: NewsCourse(), "deals"),
    Reading("feedback", "deals.events", lambda evidence, key: CycleCourse()),
    Reading("feedback", "onboarding.events", lambda evidence, key: CycleCourse()),
)


class Heard(NamedTuple):
    """All that one service heard of one deal on one topic. `led`: what each delivery must lead to; `course`: behind the last."""

    key: str
    deliveries: Sequence[Delivery]
    led: Sequence[Led]
    course: Course

    @property
    def led_to_nothing(self) -> list[Place]:
        """Where those stand that must not lead to anything."""
        return [one.record.place for one, led in zip(self.deliveries, self.led, strict=True) if led == ()]


def heard(evidence: Evidence, reading: Reading) -> Iterator[Heard]:
    """Deal by deal; without those of which no partition shows the order."""
    for key, some in turns(evidence, reading.service, reading.topic).items():
        course = reading.begin(evidence, key)
        yield Heard(key, some, [course.take(one.record.name, one.record.body) for one in some], course)
