"""Asking the services over HTTP: a token on every request, patience with what passes, a sentence for what does not."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from ops.connecting import connect_to
from ops.errors import OpsError, sentence
from ops.system import OPERATOR, System

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
PATIENCE = 300.0
"""Seconds that a service may be away before we give up; it may be restarting, or without its database."""


@asynccontextmanager
async def asking(system: System, service: str, subject: str = OPERATOR, roles: tuple[str, ...] = ("operator",)) -> AsyncIterator["Asking"]:
    """A connection to a service for the length of the block.

    Raises:
        OpsError: its address or a token is missing.
    """
    headers = {"Authorization": f"Bearer {system.bearer(subject, roles)}"}
    limits = httpx.Limits(max_connections=32)
    async with connect_to(system.url(service), headers=headers, timeout=60, limits=limits) as client:
        yield Asking(service, client)


class Asking:
    """Requests to one service."""

    def __init__(self, service: str, client: httpx.AsyncClient) -> None:
        self.service, self.client = service, client

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer. Raises: OpsError."""
        return (await self.request("GET", path, params={k: v for k, v in params.items() if v is not None})).json()

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer to a request with a JSON body. Raises: OpsError."""
        return (await self.request(method, path, json={} if body is None else body)).json()

    async def request(self, method: str, path: str, *, patience: float = 0.0, ok: tuple[int, ...] = (), **content: Any) -> httpx.Response:
        """The answer, repeated for up to `patience` seconds while the service is away.

        Raises:
            OpsError: the service is away, or said no with a status that is not in `ok`.
        """
        async for wait in _waits(patience):
            try:
                response = await self.client.request(method, path, **content)
            except httpx.TransportError as error:
                trouble = f"{self.service} does not answer at {self.client.base_url}: {sentence(error)}"
            else:
                if response.status_code not in PASSING or response.status_code in ok:
                    return _taken(self.service, response, ok)
                trouble = f"{self.service} answered {response.status_code}: {_detail(response)}"
            if wait is None:
                raise OpsError(trouble)
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")


async def _waits(patience: float) -> AsyncIterator[float | None]:
    """Seconds to wait after each attempt, growing and jittered; None after the last."""
    clock = asyncio.get_running_loop().time
    deadline, pause = clock() + patience, 0.1
    while clock() < deadline:
        yield pause * random.uniform(0.5, 1)
        pause = min(3.0, pause * 1.6)
    yield None


def _taken(service: str, response: httpx.Response, ok: tuple[int, ...]) -> httpx.Response:
    if response.is_success or response.status_code in ok:
        return response
    raise OpsError(f"{service} said no ({response.status_code}): {_detail(response)}")


def _detail(response: httpx.Response) -> str:
    try:
        content = response.json()
    except ValueError:
        return response.reason_phrase
    return str(content.get("detail", response.reason_phrase)) if isinstance(content, dict) else response.reason_phrase


def segment(text: str) -> str:
    """A part of a path, whatever it holds."""
    return quote(text, safe="")
