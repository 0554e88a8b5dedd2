"""Lost: what was acknowledged and is not there, or is there and had no effect."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence, Request
from tests.chaos.checking.violation import Broken, Violation

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
            yield Violation(Broken.LOST, f"the broker acknowledged a record at {place}, and it is not there", (operation.id,))


def _taken(evidence: Evidence) -> Iterator[Violation]:
    for delivery in evidence.firsts:
        if delivery.reason or evidence.excused(delivery):
            continue
        row = evidence.run.services[delivery.service].all("inbox").get(delivery.inbox_id)
        if row is None or row["r"] != "done":
            state = "never taken" if row is None else f"remembered as {row['r']}"
            what = f"{delivery.record.type} at {delivery.record.where} was {state} by {delivery.service}"
            yield Violation(Broken.LOST, what, (delivery.record.id, delivery.inbox_id))


def _answers(evidence: Evidence) -> Iterator[Violation]:
    there = {record.id: record for record in evidence.run.records}
    for id_, request in evidence.requests.items():
        if missing := [event for event in _events(request) if event not in there]:
            what = f"{request.first.type} of {request.first.key} over HTTP was taken, and its events are on no topic"
            yield Violation(Broken.LOST, what, (id_, *missing))
        told = {one.told for one in request.tries}
        if request.answer is None and "acknowledged" in told:
            what = f"{request.first.type} of {request.first.key} over HTTP was acknowledged, and the service does not remember it"
            yield Violation(Broken.LOST, what, (id_,))
        refused = {(one.answer or {}).get("code") for one in request.tries if one.told == "refused"} - BEFORE_IT
        if refused and refused != {_refusal(request)}:
            what = f"{request.first.type} over HTTP was refused as {refused}, and the service remembers {_refusal(request)}"
            yield Violation(Broken.LOST, what, (id_,))
        said = {there[event].body.get("code", _refusal(request)) for event in _events(request) if event in there}
        if refused and request.answer and said != {_refusal(request)}:
            what = f"{request.first.type} over HTTP was refused as {_refusal(request)}, and everybody was told {said}"
            yield Violation(Broken.LOST, what, (id_,))


def _refusal(request: Request) -> str | None:
    """The code of the refusal that the service remembers; None where it remembers none."""
    problem = (request.answer or {}).get("answer", {}).get("problem")
    return problem["code"] if problem else None


def _events(request: Request) -> list[str]:
    """Ids that the client was told or that the service says it told."""
    said = [one.answer.get("events") or () for one in request.tries if one.answer]
    kept = request.answer["answer"]["events"] if request.answer else ()
    return sorted({event for events in (*said, kept) for event in events})
