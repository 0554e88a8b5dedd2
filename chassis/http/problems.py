"""Problem details (RFC 9457): the one form of every error over HTTP."""

import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from chassis.decision import DomainError
from chassis.mongo import Conflict

log = structlog.get_logger("baton.http")
MEDIA_TYPE = "application/problem+json"
FRAMES = 8
"""Innermost calls that the log names where a request failed."""


class ProblemDetails(BaseModel):
    """What an error answer says. `code` is stable and for programs; `detail` is a sentence for people; further members may follow."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None


class Problem(Exception):
    """An error answer."""

    def __init__(self, status: int, code: str, detail: str, field: str | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.field, self.members = status, code, detail, field, members

    @classmethod
    def of(cls, error: DomainError) -> "Problem":
        """The answer to a rule that said no."""
        return cls(error.status, error.code, error.detail, error.field, **error.problem)

    def response(self) -> Response:
        """The answer as it is sent."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {}
        return JSONResponse(self.content(), self.status, headers, MEDIA_TYPE)

    def content(self) -> dict[str, Any]:
        """The members of the problem document."""
        title = HTTPStatus(self.status).phrase
        details = ProblemDetails(title=title, status=self.status, detail=self.detail, code=self.code, field=self.field, **self.members)
        return details.model_dump(mode="json", exclude_none=True)


def invalid(error: ValidationError | RequestValidationError, skip: int = 0) -> Problem:
    """What is wrong with a request's content, field by field. `skip`: leading parts of each location that are not the caller's."""
    errors = [
        {"field": ".".join(str(part) for part in e["loc"][skip:]) or "body", "message": e["msg"].removeprefix("Value error, ")}
        for e in error.errors()
    ]
    first = errors[0]
    return Problem(422, "invalid", f"{first['field']}: {first['message']}", first["field"], errors=errors)


def route_of(request: Request) -> str:
    """The route as it is declared: a path may hold what must not be logged, such as a signed link."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document, and show nobody a traceback."""
    app.add_exception_handler(Problem, lambda request, error: error.response())
    app.add_exception_handler(DomainError, lambda request, error: Problem.of(error).response())
    app.add_exception_handler(ValidationError, lambda request, error: invalid(error).response())
    app.add_exception_handler(RequestValidationError, lambda request, error: invalid(error, skip=1).response())
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PyMongoError, _unavailable)
    app.add_exception_handler(Conflict, _unavailable)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    headers: Mapping[str, str] = error.headers or {}
    code = "too_large" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else status.name.lower()
    response = Problem(status, code, str(error.detail)).response()
    response.headers.update(headers)
    return response


def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("the database did not take a request", route=route_of(request), error=type(error).__name__)
    response = Problem(503, "unavailable", "the database does not take the request at the moment: try again").response()
    response.headers["Retry-After"] = "1"
    return response


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a fault of ours. The log says where it was, and quotes nothing of the request."""
    frames = [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)[-FRAMES:]]
    log.error("a request failed", route=route_of(request), error=type(error).__name__, at=frames)
    return Problem(500, "internal", "something went wrong here; it has been logged").response()
