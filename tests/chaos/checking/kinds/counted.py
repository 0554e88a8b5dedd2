"""Messages that changed an aggregate are counted: no more than there were about it, and no fewer than had a consequence."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence, Subject, cause_of
from tests.chaos.checking.models.inboxes import changes
from tests.chaos.checking.violation import Broken, Violation

COUNTED = {
    "onboarding": ("handovers",),
    "notifications": ("recipients", "deals", "teams"),
    "feedback": ("deal_surveys", "respondents"),
}
"""Aggregates whose messages all stand on topics or in the clients' log; deals have a judge of their own, who knows them better."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares what each document counts with the messages about it."""
    most, least = _about(evidence), _told(evidence)
    notified = _notified(evidence) + changes(evidence)
    for name, collections in COUNTED.items():
        for collection in collections:
            for key, document in evidence.run.services[name].all(collection).items() if name in evidence.run.services else ():
                place, applied = (name, collection, key), document["applied"]
                low, high = least[place], most[place]
                if collection == "recipients":
                    low = high = notified[key] + document["state"]["digest"] - 1
                if not low <= applied <= high:
                    what = f"{name}'s {collection} {key} was changed by {applied} messages, and must have been by {low} to {high}"
                    yield Violation(Broken.STATE, what, (str(key),))


def _about(evidence: Evidence) -> Counter[Subject]:
    """Messages about each aggregate that could have changed it."""
    found: Counter[Subject] = Counter()
    for delivery in evidence.firsts:
        if delivery.line and not delivery.reason:
            found[delivery.service, delivery.line.collection, delivery.key] += 1
    for request in evidence.requests.values():
        if request.answer is not None:
            for collection in COUNTED.get(request.first.service, ()):
                found[request.first.service, collection, request.first.key or ""] += 1
    return found


def _told(evidence: Evidence) -> Counter[Subject]:
    """Messages that each aggregate has told something because of."""
    return Counter({place: len({cause_of(record.causation) for record in records}) for place, records in evidence.events.items()})


def _notified(evidence: Evidence) -> Counter[str]:
    """How often each recipient was to be told something, which always changes what is kept of them."""
    return Counter(one.key for one in evidence.firsts if one.record.name == "NotifyRecipient" and not one.reason)
