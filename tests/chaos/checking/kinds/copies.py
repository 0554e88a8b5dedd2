"""Copies of people: what a people topic says last of somebody is what every service that copies them knows."""

from collections.abc import Iterator

from tests.chaos.checking.catalogue import COLLEAGUES, CUSTOMERS, LINES
from tests.chaos.checking.data import Document, Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

UNSAID: Document = {"time_zone": "UTC", "roles": []}
"""Fields of people that are something where nothing is said of them."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares the last record of each key with the document of each service that reads the topic."""
    for service, topics in LINES.items():
        if service not in evidence.run.services:
            continue
        for topic in (COLLEAGUES | CUSTOMERS).keys() & topics.keys():
            yield from _judge(evidence, service, topic)


def _judge(evidence: Evidence, service: str, topic: str) -> Iterator[Violation]:
    (collection,) = {line.collection for line in LINES[service][topic].values()}
    copies = evidence.run.services[service].all(collection)
    last, unsure = _last(evidence, service, topic)
    for key, record in last.items():
        known = copies[key]["state"] if key in copies else None
        if key not in unsure and known != _told(record, known):
            yield Violation(Broken.LOST, f"{service} does not know {key} as {topic} tells of them last", (record.id or key, key))
    for key in copies.keys() - last.keys():
        yield Violation(Broken.STATE, f"{service} knows {key}, of whom {topic} tells nothing", (str(key),))


def _told(record: Record, known: Document | None) -> Document | None:
    """What is to be known behind the record: nothing behind a tombstone; else what it says, and of all else that nobody said anything."""
    return {**{name: UNSAID.get(name) for name in known or ()}, **record.body} if record.body else None


def _last(evidence: Evidence, service: str, topic: str) -> tuple[dict[str, Record], set[str]]:
    """The last record of each key that the service takes; and the keys of which some stand in several partitions, so that none is last."""
    good = {one.record.place: one for one in evidence.deliveries if one.service == service and one.record.topic == topic and not one.reason}
    found: dict[str, Record] = {}
    unsure: set[str] = set()
    for record in evidence.run.topic(topic):
        one = good.get(record.place)
        if record.value is not None and one is None:
            continue
        key = one.key if one else record.key or ""
        if key in found and found[key].partition != record.partition:
            unsure.add(key)
        found[key] = record
        if one and evidence.excused(one):
            unsure.add(key)
    return found, unsure
