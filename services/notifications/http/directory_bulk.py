"""The directory in bulk: newline-delimited colleagues and account teams in, a line of answer for each."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from chassis.decision import Actor, DomainError
from chassis.http import Caller, Problem, parse, receipt, submit
from chassis.http.problems import invalid
from contracts.message import Message
from contracts.notifications import AssignAccountTeam
from contracts.values import Id
from services.notifications.http.people import ColleagueTold

NDJSON = "application/x-ndjson"
LIMIT = 32 << 20
"""Bytes of a request at most."""
PERSON_ID = TypeAdapter(Id)
EXAMPLE = '{"type": "RecordColleague", "person_id": …, "name": …} or {"type": "AssignAccountTeam", "account_id": …, "members": {…}}'
router = APIRouter(tags=["directory"])


@router.post(
    "/directory/bulk",
    response_class=StreamingResponse,
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string", "description": EXAMPLE}}}}},
)
async def record_directory(request: Request, caller: Caller) -> StreamingResponse:
    """Record many colleagues and account teams, one a line. Each line is answered with `{"line", "outcome", "id"}`, and a problem's
    members where it was not taken; one bad line harms no other. A repeat is nothing to do by itself: it takes no idempotency key.
    """
    body = await request.body()
    if len(body) > LIMIT:
        raise Problem(413, "too_large", f"the body has more than {LIMIT:,} bytes: send it in parts")
    return StreamingResponse(_answers(request, body, caller), media_type=NDJSON)


async def _answers(request: Request, body: bytes, caller: Actor) -> AsyncIterator[bytes]:
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip():
            answer = await _answer(request, line, caller)
            yield json.dumps({"line": number, **answer}, separators=(",", ":")).encode() + b"\n"


async def _answer(request: Request, line: bytes, caller: Actor) -> dict[str, Any]:
    key: str | None = None
    try:
        command = _command(line)
        key = command.key
        taken = receipt(await submit(request, command, caller), key)
    except ValidationError as error:
        return _told(invalid(error), "invalid", key)
    except (Problem, DomainError) as error:
        problem = error if isinstance(error, Problem) else Problem.of(error)
        return _told(problem, "refused" if key else "invalid", key)
    return {"outcome": taken.outcome, "id": taken.id}


def _told(problem: Problem, outcome: str, key: str | None) -> dict[str, Any]:
    return {"outcome": outcome, "id": key, **{name: value for name, value in problem.content().items() if name not in ("type", "title")}}


def _command(line: bytes) -> Message:
    """The command of a line.

    Raises:
        Problem, ValidationError: it is none.
    """
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise Problem(422, "not_json", f"the line is not JSON: {error}") from None
    name = fields.pop("type", None) if isinstance(fields, dict) else None
    if name == "RecordColleague":
        person_id = PERSON_ID.validate_python(fields.pop("person_id", ""))
        return ColleagueTold.model_validate(fields).command(person_id)
    if name == "AssignAccountTeam":
        command: Message = parse(AssignAccountTeam, fields)
        return command
    raise Problem(422, "invalid", "type: one of RecordColleague, AssignAccountTeam", "type")
