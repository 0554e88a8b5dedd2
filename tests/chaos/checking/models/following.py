"""Commands whose effect is told by an event: those that nothing followed found it told already."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.chaos.checking.data import Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.history import Said, commands
from tests.chaos.checking.violation import Broken, Violation

Fits = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
Effects = Mapping[str, tuple[str, Fits]]
"""By command: the event, and whether one of that type is what the command asks for."""


def unheard(evidence: Evidence, service: str, effects: Effects) -> Iterator[Violation]:
    """Commands of the service that were taken, that no event follows, and whose effect nobody told."""
    told: dict[str, list[Record]] = {}
    for record in evidence.run.firsts(f"{service}.events", evidence.run.source(service)):
        told.setdefault(record.key or "", []).append(record)
    for key, some in commands(evidence, service).items():
        for said in some:
            if (service, said.id) not in evidence.caused and not _was_told(said, told.get(key, []), effects):
                what = f"{service}: {said.command.name} of {key} was taken, followed by nothing, and its effect was never told"
                yield Violation(Broken.LOST, what, (said.id,))


def _was_told(said: Said, records: list[Record], effects: Effects) -> bool:
    if said.command.name not in effects:
        return True
    name, fits = effects[said.command.name]
    return any(record.name == name and fits(said.command.body, record.body) for record in records)
