"""Who heard: every event reaches exactly those whom the policy names, on exactly their channels."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.hearing import channels, hear
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "notifications"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares events with the private messages that they led to, and those with the rows."""
    if SERVICE not in evidence.run.services:
        return
    told = _told(evidence)
    yield from _heard(evidence, told)
    yield from _rows(evidence, told)


def _told(evidence: Evidence) -> dict[str, set[str]]:
    """Who was to be told, by the event's id."""
    found: dict[str, set[str]] = {}
    for record in evidence.run.firsts(f"{SERVICE}.private", evidence.run.source(SERVICE)):
        if record.name == "NotifyRecipient":
            found.setdefault(record.body["because_of"], set()).add(record.body["recipient_id"])
    return found


def _heard(evidence: Evidence, told: dict[str, set[str]]) -> Iterator[Violation]:
    for delivery in evidence.firsts:
        record = delivery.record
        if delivery.service != SERVICE or delivery.reason or evidence.excused(delivery) or not record.topic.endswith(".events"):
            continue
        wanted = hear(record.name, record.body)
        found = told.get(record.id, set())
        may_be_over = evidence.reopened.get(delivery.key, 1) > record.body.get("cycle", 1)
        if wanted is not None and found != wanted and (found or not may_be_over):
            what = f"{record.name} of {delivery.key} was told to {sorted(found)}, and must be to {sorted(wanted)}"
            yield Violation(Broken.LOST, what, (record.id,))


def _rows(evidence: Evidence, told: dict[str, set[str]]) -> Iterator[Violation]:
    there: dict[tuple[str, str], set[str]] = {}
    for row in evidence.run.services[SERVICE].all("notifications").values():
        there.setdefault((row["because_of"], row["recipient"]), set()).add(row["channel"])
    wanted = {(event, recipient): channels(recipient) for event, recipients in told.items() for recipient in recipients}
    for place in wanted.keys() | there.keys():
        found, must = there.get(place, set()), wanted.get(place, frozenset())
        if found != must:
            yield Violation(Broken.LOST, f"{place[1]} was notified by {sorted(found)}, and must be by {sorted(must)}", place)
