"""Answers over HTTP: a repeat is told what the first was told, and nobody is told of a fault of the service."""

import json
from collections.abc import Iterator

from tests.chaos.checking.data import Operation
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

INTERNAL, REUSED = 500, "idempotency_key_reused"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """All answers under one key are one answer; none is an internal error; another operation under one is refused."""
    for id_, request in evidence.requests.items():
        told = {_told(one) for one in request.tries if one.is_answered}
        if len(told) > 1:
            yield Violation(Broken.ANSWER, f"{request.first.type} of {request.first.key} was answered {' and '.join(sorted(told))}", (id_,))
        if any(one.status == INTERNAL for one in request.tries):
            yield Violation(Broken.FAULT, f"{request.first.type} of {request.first.key} was answered with an internal error", (id_,))
    for one in evidence.reused:
        if one.is_answered and (one.answer or {}).get("code") != REUSED:
            yield Violation(Broken.ANSWER, f"another {one.type} of {one.key} was taken under a key that had been used", (one.id,))


def _told(operation: Operation) -> str:
    """What an answer says, but for how it is worded."""
    answer = dict(operation.answer or {})
    return json.dumps({name: answer.get(name) for name in ("outcome", "code", "events")}, sort_keys=True)
