"""What each event of a deal must have led to in its handover: no more, no less, and what the handover learnt from it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.chaos.checking.deliveries import ORIGIN, Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.course import TAKEN, Course
from tests.chaos.checking.run import Document
from tests.chaos.checking.violation import Violation

KIND, LOST = "aggregate not what its messages imply", "lost command"
SERVICE = "onboarding"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Takes each deal's events in their order, and looks for what must follow from each."""
    if SERVICE not in evidence.run.services:
        return
    documents = evidence.run.services[SERVICE].all("handovers")
    completed: dict[str, set[int]] = {}
    for record in evidence.run.firsts(f"{SERVICE}.events", evidence.run.source(SERVICE)):
        if record.name == "HandoverCompleted":
            completed.setdefault(record.key or "", set()).add(record.body["cycle"])
    for key, some in _in_order(evidence).items():
        course = Course(frozenset(completed.get(key, ())))
        for one in some:
            yield from _followed(evidence, one, course.take(one.record.name, one.record.body))
        if course.cycle and (document := documents.get(key)):
            yield from _learnt(course, document, some)
    yield from _followed_up(evidence)


def _in_order(evidence: Evidence) -> dict[str, list[Delivery]]:
    """By deal, its events as they were taken; without deals whose order no partition shows."""
    forwarded = {(record.source, record.id) for record in evidence.run.topic(f"{SERVICE}.private") if record.header(ORIGIN) is not None}
    found: dict[str, list[Delivery]] = {}
    unsure: set[str] = set()
    for one in evidence.firsts:
        if one.service != SERVICE or one.record.topic != "deals.events" or one.record.name not in TAKEN or one.reason:
            continue
        same = found.setdefault(one.key, [])
        same.append(one)
        if one.message in forwarded or same[0].record.partition != one.record.partition or evidence.excused(one):
            unsure.add(one.key)
    return {key: some for key, some in found.items() if key not in unsure}


def _followed(evidence: Evidence, delivery: Delivery, must: Sequence[str]) -> Iterator[Violation]:
    record = delivery.record
    told = [one for one in evidence.caused.get((SERVICE, record.id), ()) if one.key == delivery.key and one.topic == f"{SERVICE}.events"]
    if Counter(one.name for one in told) != Counter(must):
        names = [one.name for one in told]
        what = f"{record.name} of {delivery.key} was followed by {names} in its handover, and by the rules by {list(must)}"
        yield Violation(LOST if Counter(must) - Counter(names) else KIND, what, (record.id, *(one.id for one in told)))


def _learnt(course: Course, document: Document, some: Sequence[Delivery]) -> Iterator[Violation]:
    """Account and contacts, of which the handover tells nothing."""
    state, ids = document["state"], (some[-1].key, *(one.record.id for one in some[-3:]))
    account = state["account_id"], state["account_name"]
    if account != course.account:
        yield Violation(LOST, f"the handover of {some[-1].key} is of the account {account}, and must be of {course.account}", ids)
    won = state["won"]
    contacts = None if won is None else {(contact["person_id"], contact["role"]) for contact in won["contacts"]}
    if contacts != course.contacts:
        yield Violation(LOST, f"the handover of {some[-1].key} has the contacts {contacts}, and must have {course.contacts}", ids)


def _followed_up(evidence: Evidence) -> Iterator[Violation]:
    """Each unhappy answer is followed up once, unless its cycle was over."""
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
            yield Violation(LOST if not times else "effect twice", what, (one.record.id,))


def _answer(key: str, body: Document) -> tuple[str, ...]:
    return key, body["survey_id"], body["respondent_id"]
