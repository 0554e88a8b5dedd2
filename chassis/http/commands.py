"""Commands as routes: a table of routes and command types becomes endpoints whose bodies are the commands' fields."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError, create_model

from chassis.http.callers import Caller, demand
from chassis.http.problems import Problem, ProblemDetails, invalid
from chassis.http.submitting import HEADER, Receipt, run_command
from contracts.message import Message

BODY_LIMIT = 1 << 20
"""Bytes of a command at most; a record on a topic has the same limit."""
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDetails, "content": {"application/problem+json": {}}} for status in (401, 403, 404, 409, 422, 503)
}
REF = "#/components/schemas/{model}"


def commands(router: APIRouter, table: Mapping[str, type[Message]], roles: Mapping[type[Message], set[str]] | None = None) -> None:
    """Add a route for each entry, such as `"POST /deals/{deal_id}/close": CloseDeal`. What the path names is left out of the body.

    `roles`: who may call it; anybody with a token where a command is not named.
    """
    for route, command in table.items():
        method, path = route.split()
        allowed = frozenset((roles or {}).get(command, ()))
        router.add_api_route(
            path,
            _endpoint(command, allowed),
            methods=[method],
            response_model=Receipt,
            responses=PROBLEMS,
            name=command.__name__,
            operation_id=command.__name__,
            summary=(command.__doc__ or "").strip().splitlines()[0],
            tags=["commands"],
            openapi_extra=_documented(command, path),
        )


def _endpoint(command: type[Message], roles: frozenset[str]) -> Callable[..., Any]:
    async def run(request: Request, caller: Caller) -> Receipt:
        if roles:
            demand(caller, roles)
        return await run_command(request, await read_command(request, command), caller)

    return run


async def read_command(request: Request, command: type[Message]) -> Any:
    """The command of a request: the body's fields, and those that the path names.

    Raises:
        Problem: the body is not JSON, is too large, or has a field that is missing, wrong or unknown.
    """
    body = await request.body()
    if len(body) > BODY_LIMIT:
        raise Problem(413, "too_large", f"the body has more than {BODY_LIMIT:,} bytes")
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Problem(422, "not_json", f"the body is not JSON: {error}") from None
    return parse(command, fields, request.path_params)


def parse(command: type[Message], fields: Any, path: Mapping[str, Any] | None = None) -> Any:
    """A command of JSON values; strict, and no field may be unknown: over HTTP a typing error should not go unseen.

    Raises:
        Problem: a field is missing, wrong or unknown.
    """
    if not isinstance(fields, dict):
        raise Problem(422, "invalid", "the body is not a JSON object", "body")
    if unknown := fields.keys() - command.model_fields.keys():
        name = min(unknown)
        raise Problem(422, "unknown_field", f"{name}: {command.__name__} has no such field", name)
    for name, value in (path or {}).items():
        if fields.get(name, value) != value:
            raise Problem(422, "invalid", f"{name}: the body and the path say different things", name)
    try:
        return command.model_validate_json(json.dumps({**fields, **(path or {})}))
    except ValidationError as error:
        raise invalid(error) from None


def _documented(command: type[Message], path: str) -> dict[str, Any]:
    """The request as OpenAPI shows it; `$defs` are moved to the components when the document is made."""
    named = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in command.model_fields.items() if name not in named}
    schema = create_model(f"{command.__name__}Body", **fields).model_json_schema(ref_template=REF)
    parameters: list[dict[str, Any]] = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in named]
    parameters.append({"name": HEADER, "in": "header", "required": False, "schema": {"type": "string"}})
    return {"parameters": parameters, "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
