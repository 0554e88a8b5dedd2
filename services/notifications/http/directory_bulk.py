"""The directory in bulk: newline-delimited colleagues and account teams in, a line of answer for each."""

import json

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from chassis.http import Caller, Problem, invalid, parse, take_lines
from contracts.message import Message
from contracts.notifications import AssignAccountTeam
from contracts.values import Id
from services.notifications.http.people import ColleagueTold

NDJSON = "application/x-ndjson"
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
    return await take_lines(request, caller, _command)


def _command(line: bytes) -> Message:
    """The command of a line.

    Raises:
        Problem: it is none.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Problem(422, "not_json", f"the line is not JSON: {error}") from None
    name = fields.pop("type", None) if isinstance(fields, dict) else None
    if name == "RecordColleague":
        return _colleague(fields)
    if name == "AssignAccountTeam":
        command: Message = parse(AssignAccountTeam, fields)
        return command
    raise Problem(422, "invalid", "type: one of RecordColleague, AssignAccountTeam", "type")


def _colleague(fields: dict[str, object]) -> Message:
    try:
        person_id = PERSON_ID.validate_python(fields.pop("person_id", ""))
        return ColleagueTold.model_validate(fields).command(person_id)
    except ValidationError as error:
        raise invalid(error) from None
