"""Timers: what a state says is owed has a timer to come or one that fired; each setting fires once at most, and never before its time."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from tests.chaos.checking.catalogue import LINES
from tests.chaos.checking.data import Document, Record
from tests.chaos.checking.deliveries import TIMER
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.owed import OWED, Owed
from tests.chaos.checking.violation import Broken, Violation

ROUNDING_MS = 1
Timer = tuple[str, str, str]
"""Collection, key, name."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares documents of timers, messages of timers and the states of aggregates."""
    for name, service in evidence.run.services.items():
        fired = _fired(evidence, name)
        stored = {_timer(document): document for document in service.all("timers").values()}
        yield from _firings(fired)
        if not evidence.faults.skew(name):
            yield from _early(fired)
        for collection, owed in OWED.get(name, {}).items():
            for key, aggregate in service.all(collection).items():
                known = {timer: some for timer, some in fired.items() if timer[:2] == (collection, key)}
                yield from _generations(aggregate, known, stored, (collection, key))
                yield from _owed(owed(aggregate["state"], aggregate.get("timers", {})), aggregate, stored, known, (collection, key))
        for (collection, key, timer), document in stored.items():
            if key not in service.all(collection):
                yield Violation(Broken.TIMER, f"the timer {timer} of {name}'s {collection} {key} has no aggregate", (str(document["_id"]),))


def _fired(evidence: Evidence, name: str) -> dict[Timer, list[Record]]:
    """Messages of timers, each once."""
    found: dict[Timer, list[Record]] = {}
    for record in evidence.run.firsts(f"{name}.private"):
        if (timer := record.header(TIMER)) is not None:
            collection = _collection(name, record)
            found.setdefault((collection, record.key or "", timer), []).append(record)
    return found


def _collection(name: str, record: Record) -> str:
    return LINES[name][f"{name}.private"][record.name].collection


def _timer(document: Document) -> Timer:
    collection, key, name = str(document["_id"]).split("|")
    return collection, key, name


def _generation(record: Record) -> int:
    return int(record.header("baton_generation") or 0)


def _firings(fired: Mapping[Timer, list[Record]]) -> Iterator[Violation]:
    for (collection, key, name), records in fired.items():
        seen: dict[int, str] = {}
        for record in records:
            generation = _generation(record)
            if generation in seen:
                what = f"the timer {name} of {collection} {key} fired twice in its setting {generation}"
                yield Violation(Broken.TIMER, what, (seen[generation], record.id))
            seen[generation] = record.id


def _early(fired: Mapping[Timer, list[Record]]) -> Iterator[Violation]:
    """A timer's message says when it was due, and the record when it was published; where all clocks are right these can be compared."""
    for (collection, key, name), records in fired.items():
        for record in records:
            due = record.header("ce_time")
            if due and record.timestamp + ROUNDING_MS < datetime.fromisoformat(due).timestamp() * 1000:
                yield Violation(Broken.TIMER, f"the timer {name} of {collection} {key} fired before {due}", (record.id,))


def _generations(
    aggregate: Document, fired: Mapping[Timer, list[Record]], stored: Mapping[Timer, Document], place: tuple[str, str]
) -> Iterator[Violation]:
    """What fires or is to fire was set: the aggregate counts its settings."""
    settings: Mapping[str, int] = aggregate.get("timers", {})
    for (_, _, name), records in fired.items():
        for record in records:
            if _generation(record) > settings.get(name, 0):
                yield Violation(Broken.TIMER, f"the timer {name} of {place} fired in a setting that it never had", (record.id,))
    for name, setting in settings.items():
        document = stored.get((*place, name))
        if document is None:
            continue
        if document["generation"] != setting:
            what = f"the timer {name} of {place} stands in setting {document['generation']}, the aggregate knows {setting}"
            yield Violation(Broken.TIMER, what, (str(document["_id"]),))
        if any(_generation(record) == setting for record in fired.get((*place, name), ())):
            yield Violation(Broken.TIMER, f"the timer {name} of {place} has fired, and is still to fire", (str(document["_id"]),))


def _owed(
    owed: Owed, aggregate: Document, stored: Mapping[Timer, Document], fired: Mapping[Timer, list[Record]], place: tuple[str, str]
) -> Iterator[Violation]:
    """What is owed and not said to be late has its timer; what is not owed has none."""
    settings: Mapping[str, int] = aggregate.get("timers", {})
    for name, pending in owed.items():
        waits = (*place, name) in stored
        has_fired = any(_generation(record) == settings.get(name) for record in fired.get((*place, name), ()))
        if pending and not waits:
            said = "has fired, and nothing came of it" if has_fired else "is lost"
            yield Violation(Broken.TIMER, f"the timer {name} of {place} {said}", (place[1],))
        if not pending and not has_fired:
            yield Violation(Broken.TIMER, f"{name} of {place} is overdue, and its timer never fired", (place[1],))
    for collection, key, name in stored:
        if (collection, key) == place and name not in owed:
            yield Violation(Broken.TIMER, f"the timer {name} of {place} waits for what is not owed any more", (key,))
