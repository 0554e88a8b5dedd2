"""Copies of people: what a people topic says last of somebody is what every service that copies them knows."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.chaos.checking.catalogue import COLLEAGUES, CUSTOMERS, LINES
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.run import Record
from tests.chaos.checking.violation import Violation

ANYBODY = {"email": None, "phone": None, "time_zone": "UTC"}
UNTOLD: Mapping[str, dict[str, Any]] = {
    "colleagues": {**ANYBODY, "roles": [], "department": None},
    "customers": {**ANYBODY, "account_id": None},
}
"""What a person's record may leave out, by collection."""
KIND, LOST = "aggregate not what its messages imply", "lost command"


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
        known, told = copies[key]["state"] if key in copies else {}, record.body
        if key not in unsure and (bool(known), UNTOLD[collection] | known) != (bool(told), UNTOLD[collection] | told):
            yield Violation(LOST, f"{service} does not know {key} as {topic} tells of them last", (record.id or key, key))
    for key in copies.keys() - last.keys():
        yield Violation(KIND, f"{service} knows {key}, of whom {topic} tells nothing", (str(key),))


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
