"""Dead letters: each bad message is exactly one, with its reason, and stands on the topic for other tools; no other message is."""

from collections.abc import Iterator

from tests.chaos.checking.data import Document, Record
from tests.chaos.checking.deliveries import Delivery
from tests.chaos.checking.evidence import CRASHED, Evidence
from tests.chaos.checking.violation import Broken, Violation

DLT = "kafka_dlt-"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares what must have become a dead letter with the service's documents, and those with their copies."""
    expected: dict[str, set[str]] = {name: set() for name in evidence.run.services}
    for delivery in _dead(evidence):
        letters = evidence.run.services[delivery.service].all("dead_letters")
        found = next((id_ for id_ in evidence.letter_ids(delivery) if id_ in letters), None)
        if found is None:
            record = delivery.record
            what = f"{record.type} at {record.where} must be a dead letter of {delivery.service} ({delivery.reason}) and is none"
            yield Violation(Broken.LETTER, what, (delivery.record.id, delivery.letter_id))
            continue
        expected[delivery.service].add(found)
        yield from _wrong(delivery, letters[found])
    for delivery in evidence.firsts:
        if evidence.excused(delivery):
            letters = evidence.run.services[delivery.service].all("dead_letters")
            for id_ in evidence.letter_ids(delivery):
                expected[delivery.service].add(id_)
                if id_ in letters:
                    yield from _wrong(delivery._replace(reason=CRASHED), letters[id_])
    for name, service in evidence.run.services.items():
        for id_, letter in service.all("dead_letters").items():
            if id_ not in expected[name]:
                what = f"{letter['type']} at {id_} became a dead letter of {name} ({letter['reason']}: {letter['message']})"
                yield Violation(Broken.LETTER, what, (str(letter["id"]), id_))
        yield from _copies(evidence, name)


def _dead(evidence: Evidence) -> Iterator[Delivery]:
    """What must be dead. A message that a line remembers is dead once, however often it comes; any other each time."""
    remembered: set[tuple[str, str]] = set()
    for delivery in evidence.deliveries:
        place = delivery.service, delivery.inbox_id
        if delivery.reason is None or (delivery.line and delivery.reason != "id_reused" and place in remembered):
            continue
        remembered.add(place)
        yield delivery


def _wrong(delivery: Delivery, letter: Document) -> Iterator[Violation]:
    is_ = (letter["reason"], letter["status"], letter["attempts"], letter["partition"], letter["offset"], letter["value"])
    record = delivery.record
    must = (delivery.reason, "open", 1, record.partition, record.offset, record.value)
    names = ("reason", "status", "attempts", "partition", "offset", "value")
    for name, wanted, found in zip(names, must, is_, strict=True):
        if wanted != found:
            what = f"the dead letter of {delivery.service} has {name} {str(found)[:80]}, and must have {str(wanted)[:80]}"
            yield Violation(Broken.LETTER, what, (record.id, delivery.letter_id))


def _copies(evidence: Evidence, name: str) -> Iterator[Violation]:
    """Each letter on the topic once, or again to the byte; and none besides."""
    copies: dict[str, list[Record]] = {}
    for record in evidence.run.topic(f"{name}.dead-letters"):
        copies.setdefault(letter_id(record), []).append(record)
    letters = evidence.run.services[name].all("dead_letters")
    for id_, letter in letters.items():
        found = copies.get(id_, [])
        if not found or found[0].value != letter["value"] or found[0].header(f"{DLT}exception-fqcn") != letter["reason"]:
            yield Violation(Broken.LETTER, f"the dead letter {id_} of {name} has {'a wrong' if found else 'no'} copy on the topic", (id_,))
        if len({(one.key, one.value, one.headers) for one in found}) > 1:
            yield Violation(Broken.LETTER, f"the dead letter {id_} of {name} has copies that differ", (id_,))
    for id_ in copies.keys() - letters.keys():
        yield Violation(Broken.LETTER, f"{name} published a dead letter that it does not have", (id_,))


def letter_id(record: Record) -> str:
    """The id of the dead letter that a record on a topic of dead letters is a copy of."""
    partition, offset = (int.from_bytes(record.raw(f"{DLT}original-{name}") or b"") for name in ("partition", "offset"))
    place = f"{record.header(f'{DLT}original-topic')}:{partition}:{offset}"
    line = record.header("baton_line")
    return f"{place}:{line}" if line else place
