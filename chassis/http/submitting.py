"""Running a command for a caller: idempotent by key, answered with a receipt or a problem."""

import uuid
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from chassis.commit import Answer
from chassis.deciding import Kind, Outcome
from chassis.decision import Actor
from chassis.http.callers import runtime_of
from chassis.http.problems import Problem
from chassis.incoming import Reason
from chassis.reading import digest
from contracts.message import Message

HEADER = "Idempotency-Key"
KEY_LIMIT = 255


class Receipt(BaseModel):
    """A command that was taken. `outcome`: changed, or nothing where there was nothing to do; `events`: ids of what follows from it."""

    outcome: str
    id: str
    events: list[str] = []


async def submit(request: Request, command: Message, actor: Actor, id: str | None = None) -> Outcome:
    """Run a command; the outcome as it is. `id`: the same for a repeat, which changes nothing.

    Raises:
        Problem: the id was used before with another content.
    """
    answer = await runtime_of(request).execute(command, actor, id or str(uuid.uuid4()))
    if problem := other_content(answer, digest(command.model_dump_json().encode())):
        raise problem
    return _outcome(answer)


async def run_command(request: Request, command: Message, actor: Actor) -> Receipt:
    """Run a command under the caller's idempotency key, scoped by caller and route, if there is one.

    Raises:
        Problem: it was refused, or could not be taken.
    """
    given = given_key(request)
    id_ = f"{actor.id}|{request.method} {request.url.path}|{given}" if given else None
    return receipt(await submit(request, command, actor, id_), command.key)


def receipt(outcome: Outcome, key: str) -> Receipt:
    """The answer to a command that was taken.

    Raises:
        Problem: it was not.
    """
    if problem := problem_of(outcome):
        raise problem
    return Receipt(outcome=outcome.kind.value, id=key, events=list(outcome.events))


def problem_of(outcome: Outcome) -> Problem | None:
    """What to tell a caller whose command was not taken; None if it was."""
    if outcome.error:
        return Problem.of(outcome.error)
    if outcome.death is None:
        return None
    if outcome.death.reason is Reason.TOO_LARGE:
        return Problem(413, "too_large", outcome.death.detail)
    if outcome.death.reason is Reason.ID_REUSED:
        return Problem(422, "id_reused", outcome.death.detail)
    return Problem(500, "internal", "the command could not be decided; nothing was changed")


def _outcome(answer: Answer) -> Outcome:
    if answer.stored is None:
        return answer.outcome
    told: dict[str, Any] = answer.stored["answer"]
    if problem := told.get("problem"):
        raise Problem(problem["status"], problem["code"], problem["detail"], problem["field"], **problem["members"])
    return Outcome(Kind(told["kind"]), tuple(told["events"]))


def given_key(request: Request) -> str | None:
    """The caller's idempotency key; it becomes part of ids that travel in headers.

    Raises:
        Problem: it is too long.
    """
    given = request.headers.get(HEADER)
    if given and len(given) > KEY_LIMIT:
        raise Problem(422, "invalid", f"the {HEADER} has more than {KEY_LIMIT} characters", HEADER)
    return given


def other_content(answer: Answer, digest: bytes) -> Problem | None:
    """What to tell a caller who gave one key to two commands; None if it is the same command again, or the first."""
    if answer.stored is None or bytes(answer.stored["digest"]) == digest:
        return None
    return Problem(422, "idempotency_key_reused", f"the {HEADER} was used before with another content", HEADER)
