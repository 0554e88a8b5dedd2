"""Unhappy answers: each is followed up once, unless the cycle that it is about was over."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.data import Document
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "onboarding"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares the answers that onboarding heard of with what it opened."""
    if SERVICE not in evidence.run.services:
        return
    followed: Counter[tuple[str, ...]] = Counter()
    for record in evidence.run.firsts(f"{SERVICE}.events", evidence.run.source(SERVICE)):
        if record.name == "FollowUpOpened":
            followed[_answer(record.key or "", record.body)] += 1
    documents = evidence.run.services[SERVICE].all("handovers")
    for one in evidence.firsts:
        if one.service != SERVICE or one.record.name != "DetractorRaised" or one.reason or evidence.excused(one):
            continue
        body, state = one.record.body, documents.get(one.key, {}).get("state", {})
        over = max(evidence.reopened.get(one.key, 1), state.get("cycle", 1)) > body["cycle"]
        times = followed[_answer(one.key, body)]
        if times > 1 or (times == 0 and not over):
            what = f"the answer of {body['respondent_id']} about {one.key} was followed up {times} times"
            yield Violation(Broken.TWICE if times else Broken.LOST, what, (one.record.id,))


def _answer(key: str, body: Document) -> tuple[str, ...]:
    return key, body["survey_id"], body["respondent_id"]
