"""Unhappy answers: each is followed up once, in the cycle that it is about; not where that was over, or had not begun."""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.chaos.checking.data import Document
from tests.chaos.checking.deliveries import Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "onboarding"
FOREVER = float("inf")


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares the answers that onboarding heard of with what it opened."""
    if SERVICE not in evidence.run.services:
        return
    followed: Counter[tuple[str, ...]] = Counter()
    for record in evidence.run.firsts(f"{SERVICE}.events", evidence.run.source(SERVICE)):
        if record.name == "FollowUpOpened":
            followed[_answer(record.key or "", record.body)] += 1
    documents = evidence.run.services[SERVICE].all("handovers")
    had_begun = _had_begun(evidence)
    for one in evidence.firsts:
        if one.service != SERVICE or one.record.name != "DetractorRaised" or one.reason or evidence.excused(one):
            continue
        body, state = one.record.body, documents.get(one.key, {}).get("state", {})
        over = max(evidence.reopened.get(one.key, 1), state.get("cycle", 1)) > body["cycle"]
        times = followed[_answer(one.key, body)]
        if times > 1 or (times == 0 and not over and had_begun(one)):
            what = f"the answer of {body['respondent_id']} about {one.key} was followed up {times} times"
            yield Violation(Broken.TWICE if times else Broken.LOST, what, (one.record.id,))


def _had_begun(evidence: Evidence) -> Callable[[Delivery], bool]:
    """Whether the handover of the cycle that an answer is about had certainly begun when the answer came.

    Between topics there is no order: either the answer follows from the handover, by way of its survey, or the clocks must tell.
    """
    own, ahead = evidence.run.source(SERVICE), evidence.faults.skew(SERVICE) + evidence.faults.skew("feedback")
    told: dict[tuple[str, int], float] = {}
    elsewhere = set[tuple[str, int]]()
    for record in evidence.run.firsts(f"{SERVICE}.events"):
        place = record.key or "", record.body.get("cycle", 0)
        if record.source == own and record.sequence is not None:
            told[place] = min(record.timestamp / 1000, told.get(place, FOREVER))
        elif record.name == "HandoverCompleted":
            elsewhere.add(place)

    def had_begun(answer: Delivery) -> bool:
        place = answer.key, answer.record.body["cycle"]
        follows = place[1] in evidence.completed.get(answer.key, ()) and place not in elsewhere
        if follows and answer.record.source == evidence.run.source("feedback"):
            return True
        return told.get(place, FOREVER) + ahead <= answer.record.timestamp / 1000

    return had_begun


def _answer(key: str, body: Document) -> tuple[str, ...]:
    return key, body["survey_id"], body["respondent_id"]
