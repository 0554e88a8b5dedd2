"""The app of a service: its routers and the operations that every service has, over one runtime."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from chassis.http import letters, operations, parked, problems
from chassis.http.bulk import LIMIT
from chassis.http.limits import BodyLimit
from chassis.runtime import Runtime
from chassis.tracing import REQUEST

log = structlog.get_logger("baton.http")


def create_app(runtime: Runtime) -> FastAPI:
    """The ASGI app; the runtime starts and stops with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        try:
            yield
        finally:
            await runtime.stop()

    service = runtime.deployment.service
    app = FastAPI(title=f"Baton {service.name}", version="1", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    problems.install(app)
    app.add_middleware(BodyLimit, most=LIMIT)  # inside of the next: what it raises must meet the app's handlers
    app.middleware("http")(_log_request)
    app.include_router(operations.router)
    app.include_router(letters.router)
    app.include_router(parked.router)
    for router in service.routers:
        app.include_router(router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _log_request(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """One line a request, by route. What nobody expected is answered here: uvicorn would log it with its words, which may be a person's."""
    began = time.perf_counter()
    REQUEST.set(request.headers.get("traceparent"))
    try:
        response = await call(request)
    except Exception as error:
        response = problems.unexpected(request, error)
    if not request.url.path.startswith("/health"):
        took = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, route=problems.route_of(request), status=response.status_code, milliseconds=took)
    return response


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the definitions of command bodies moved to the components."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for path in document["paths"].values():
            for operation in path.values():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    schemas.update(content.get("schema", {}).pop("$defs", {}))
        app.openapi_schema = document
    return app.openapi_schema
