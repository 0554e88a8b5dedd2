"""Lost: what was acknowledged and is not there, or is there and had no effect."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Asked, Evidence
from tests.chaos.checking.violation import Violation

KIND = "lost command"
BEFORE_IT = frozenset({"unauthorized", "idempotency_key_reused", "not_json", "unknown_field", "too_large"})
"""Codes of refusals that are decided before the command is; of these the service remembers nothing."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Acknowledged records stand on their topics; every good record was taken; every answer's events are on the topics."""
    yield from _records(evidence)
    yield from _taken(evidence)
    yield from _answers(evidence)


def _records(evidence: Evidence) -> Iterator[Violation]:
    run = evidence.run
    there = {(record.topic, record.partition, record.offset): record for record in run.records}
    for operation in run.operations:
        if operation.told != "acknowledged" or operation.place is None or operation.topic is None:
            continue
        place = operation.topic.removeprefix(f"{run.prefix}."), operation.place["partition"], operation.place["offset"]
        found = there.get(place)
        if found is None or (found.id and found.id != operation.id):
            yield Violation(KIND, f"the broker acknowledged a record at {place}, and it is not there", (operation.id,))


def _taken(evidence: Evidence) -> Iterator[Violation]:
    for delivery in evidence.firsts:
        if delivery.reason or evidence.excused(delivery):
            continue
        row = evidence.run.services[delivery.service].all("inbox").get(delivery.inbox_id)
        if row is None or row["r"] != "done":
            state = "never taken" if row is None else f"remembered as {row['r']}"
            what = f"{delivery.record.type} at {delivery.record.where} was {state} by {delivery.service}"
            yield Violation(KIND, what, (delivery.record.id, delivery.inbox_id))


def _answers(evidence: Evidence) -> Iterator[Violation]:
    there = {record.id: record for record in evidence.run.records}
    for id_, asked in evidence.asked.items():
        if missing := [event for event in _events(asked) if event not in there]:
            what = f"{asked.first.type} of {asked.first.key} over HTTP was taken, and its events are on no topic"
            yield Violation(KIND, what, (id_, *missing))
        told = {one.told for one in asked.tries}
        if asked.answer is None and "acknowledged" in told:
            what = f"{asked.first.type} of {asked.first.key} over HTTP was acknowledged, and the service does not remember it"
            yield Violation(KIND, what, (id_,))
        refused = {(one.answer or {}).get("code") for one in asked.tries if one.told == "refused"} - BEFORE_IT
        if refused and refused != {_refusal(asked)}:
            what = f"{asked.first.type} over HTTP was refused as {refused}, and the service remembers {_refusal(asked)}"
            yield Violation(KIND, what, (id_,))
        said = {there[event].body.get("code", _refusal(asked)) for event in _events(asked) if event in there}
        if refused and asked.answer and said != {_refusal(asked)}:
            what = f"{asked.first.type} over HTTP was refused as {_refusal(asked)}, and everybody was told {said}"
            yield Violation(KIND, what, (id_,))


def _refusal(asked: Asked) -> str | None:
    """The code of the refusal that the service remembers; None where it remembers none."""
    problem = (asked.answer or {}).get("answer", {}).get("problem")
    return problem["code"] if problem else None


def _events(asked: Asked) -> list[str]:
    """Ids that the client was told or that the service says it told."""
    said = [one.answer.get("events") or () for one in asked.tries if one.answer]
    kept = asked.answer["answer"]["events"] if asked.answer else ()
    return sorted({event for events in (*said, kept) for event in events})
