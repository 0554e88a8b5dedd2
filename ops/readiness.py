"""Whether services are live and ready, and waiting until they are."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from ops.connecting import connect_to

LOOK = 0.2
"""Seconds between two looks."""


@dataclass(frozen=True)
class Condition:
    """What a service says of itself. `reasons`: why it is not ready."""

    live: bool
    ready: bool
    reasons: tuple[str, ...] = ()


async def conditions(urls: Mapping[str, str]) -> dict[str, Condition]:
    """The condition of each service, by name."""
    found = await asyncio.gather(*(_condition(url) for url in urls.values()))
    return dict(zip(urls, found, strict=True))


async def _condition(url: str) -> Condition:
    try:
        async with connect_to(url, timeout=5) as client:
            answer = await client.get("/health/ready")
        reasons = tuple(answer.json().get("reasons", ()))
    except httpx.HTTPError:
        return Condition(False, False, ("it does not answer",))
    except ValueError:
        return Condition(False, False, (f"{url} answers, but not as a service of Baton does",))
    return Condition(True, answer.status_code == httpx.codes.OK, reasons)
