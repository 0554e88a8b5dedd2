"""What an endpoint may ask for: who calls, the service's runtime, its database."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chassis import mongo
from chassis.decision import Actor, Forbidden
from chassis.runtime import Runtime
from chassis.tokens import OPERATOR, Unauthorized

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT")


def runtime_of(request: Request) -> Runtime:
    """The runtime of the service that answers."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def caller(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Actor:
    """Who the bearer token speaks for.

    Raises:
        Unauthorized: there is none, or it proves nothing.
    """
    if credentials is None:
        raise Unauthorized("a bearer token is needed: Authorization: Bearer …")
    return runtime_of(request).deployment.tokens.actor(credentials.credentials)


def demand(actor: Actor, roles: frozenset[str]) -> None:
    """Let through who has one of the roles, or is an operator.

    Raises:
        Forbidden: the caller has none of them.
    """
    if OPERATOR not in actor.roles and roles.isdisjoint(actor.roles):
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(roles))}")


def with_role(*roles: str) -> Callable[[Actor], Actor]:
    """A dependency: a caller who has one of the roles, or is an operator."""

    def check(actor: "Caller") -> Actor:
        demand(actor, frozenset(roles))
        return actor

    return check


def _database(request: Request) -> mongo.Database:
    return runtime_of(request).db


Caller = Annotated[Actor, Depends(caller)]
Database = Annotated[mongo.Database, Depends(_database)]
Running = Annotated[Runtime, Depends(runtime_of)]
Operator = Annotated[Actor, Depends(with_role(OPERATOR))]
