"""Many commands in one request: newline-delimited JSON in, a line of answer for each line."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pymongo.errors import PyMongoError

from chassis.deciding import Kind
from chassis.decision import Actor, DomainError
from chassis.http.callers import Caller, demand, runtime_of
from chassis.http.commands import parse
from chassis.http.problems import Problem
from chassis.http.submitting import given_key, other_content, problem_of
from chassis.incoming import Incoming
from chassis.mongo import Conflict
from chassis.reading import from_request
from chassis.runtime import Runtime
from contracts.message import Message

log = structlog.get_logger("baton.http")
LIMIT = 32 << 20
"""Bytes of a request at most."""
AT_ONCE = 500
"""Commands in one transaction at most."""
NDJSON = "application/x-ndjson"
Row = tuple[int, Incoming | Problem]
Read = Callable[[bytes], Message]
"""From a line to its command; raises Problem or DomainError where it is none, or not the caller's to give."""


def bulk(router: APIRouter, route: str, accepted: Sequence[type[Message]], roles: Mapping[type[Message], set[str]] | None = None) -> None:
    """Add a route that takes lines such as `{"type": "OpenDeal", "deal_id": …}` of the accepted commands.

    Each line is answered with `{"line", "outcome", "id"}`, and a problem's members where it was not taken; one bad line harms no other.
    """
    method, path = route.split()
    types = {command.__name__: command for command in accepted}
    allowed = {command: frozenset(names) for command, names in (roles or {}).items()}

    async def run(request: Request, caller: Caller) -> StreamingResponse:
        def read(line: bytes) -> Message:
            command = _command(line, types)
            if names := allowed.get(type(command)):
                demand(caller, names)
            return command

        return await take_lines(request, caller, read, given_key(request))

    content = {NDJSON: {"schema": {"type": "string", "description": f"a JSON object a line; type: {', '.join(types)}"}}}
    router.add_api_route(
        path,
        run,
        methods=[method],
        name=f"bulk {path}",
        summary="Many commands at once, one a line",
        tags=["commands"],
        response_class=StreamingResponse,
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )


async def take_lines(request: Request, caller: Actor, read: Read, key: str | None = None) -> StreamingResponse:
    """The answers to a request's lines, many to a transaction. `key`: lines sent again under it are answered as they were before.

    Raises:
        Problem: the request is too large.
    """
    runtime = runtime_of(request)
    rows = _rows(await _body(request), read, caller, runtime, key or uuid.uuid4().hex)
    return StreamingResponse(_answers(runtime, rows), media_type=NDJSON)


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT:
            raise Problem(413, "too_large", f"the body has more than {LIMIT:,} bytes: send it in parts")
        chunks.append(chunk)
    return b"".join(chunks)


def _rows(body: bytes, read: Read, caller: Actor, runtime: Runtime, scope: str) -> Iterator[Row]:
    source = f"{runtime.deployment.source}/http"
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            command = read(line)
        except (Problem, DomainError) as error:
            yield number, error if isinstance(error, Problem) else Problem.of(error)
            continue
        id_ = f"{caller.id}|bulk|{scope}|{number}"
        declared = runtime.deployment.service.line_for(type(command))
        value = command.model_dump_json().encode()
        m = from_request(declared, command, caller, id_, source, value, runtime.deployment.lane_of)
        m.answer_key = f"{source}|{declared.name}|{id_}"
        yield number, m


def _command(line: bytes, types: Mapping[str, type[Message]]) -> Message:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Problem(422, "not_json", f"the line is not JSON: {error}") from None
    name = fields.pop("type", None) if isinstance(fields, dict) else None
    if not isinstance(name, str) or name not in types:
        raise Problem(422, "invalid", f"type: one of {', '.join(types)}", "type")
    command: Message = parse(types[name], fields)
    return command


async def _answers(runtime: Runtime, rows: Iterator[Row]) -> AsyncIterator[bytes]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_ONCE:
            yield await _commit(runtime, chunk)
            chunk = []
    if chunk:
        yield await _commit(runtime, chunk)


async def _commit(runtime: Runtime, chunk: Sequence[Row]) -> bytes:
    messages = [row for _, row in chunk if isinstance(row, Incoming)]
    try:
        answers = iter(await runtime.committer.commands(messages)) if messages else iter(())
        runtime.relay.wake.set()
    except (PyMongoError, Conflict) as error:
        log.warning("the database did not take a part of a bulk request", error=type(error).__name__)
        gone = Problem(503, "unavailable", "the database does not take the request at the moment: try again")
        return b"".join(_line(number, row if isinstance(row, Problem) else gone) for number, row in chunk)
    lines = []
    for number, row in chunk:
        if isinstance(row, Problem):
            lines.append(_line(number, row))
            continue
        answer = next(answers)
        if problem := other_content(answer, row.digest):
            lines.append(_line(number, problem, row.key))
            continue
        told = answer.stored["answer"] if answer.stored else None
        if told and (problem := told["problem"]):
            stored = Problem(problem["status"], problem["code"], problem["detail"], problem["field"], **problem["members"])
            lines.append(_line(number, stored, row.key))
        else:
            kind = Kind(told["kind"]) if told else answer.outcome.kind
            lines.append(_line(number, problem_of(answer.outcome) or kind, row.key))
    return b"".join(lines)


def _line(number: int, result: Problem | Kind, key: str | None = None) -> bytes:
    if isinstance(result, Kind):
        answer: dict[str, Any] = {"line": number, "outcome": result.value, "id": key}
    else:
        outcome = "unavailable" if result.status == 503 else "refused" if result.status in (403, 404, 409) or key else "invalid"
        members = {k: v for k, v in result.content().items() if k not in ("type", "title")}
        answer = {"line": number, "outcome": outcome, "id": key, **members}
    return json.dumps(answer, separators=(",", ":")).encode() + b"\n"
