"""Parked records of all services over their HTTP interfaces, which alone may put them back."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ops.asking import asking
from ops.errors import OpsError
from ops.system import System

PAGE = 500


async def list_parked(system: System, services: Sequence[str]) -> list[dict[str, Any]]:
    """The parked aggregates, the longest parked first. `service` says whose they are.

    Raises:
        OpsError: a service does not answer.
    """
    return _by_age(await asyncio.gather(*(_of(system, service) for service in services)))


async def _of(system: System, service: str) -> list[dict[str, Any]]:
    parked: list[dict[str, Any]] = []
    async with asking(system, service) as there:
        while True:
            page = await there.get("/parked", after=parked[-1]["owner"] if parked else None, limit=PAGE)
            parked += [{**one, "service": service} for one in page]
            if len(page) < PAGE:
                return parked


async def find_parked(system: System, services: Sequence[str], owners: Sequence[str]) -> list[dict[str, Any]]:
    """What is parked of these aggregates, as in the list.

    Raises:
        OpsError: a service does not answer, or none of them has parked records of one of the aggregates.
    """
    found = _by_age(await asyncio.gather(*(_some_of(system, service, owners) for service in services)))
    if unknown := sorted(set(owners) - {one["owner"] for one in found}):
        which = services[0] if len(services) == 1 else "No service"
        raise OpsError(f"{which} has {'no ' * (len(services) == 1)}parked records of {', '.join(map(repr, unknown))}.")
    return found


async def _some_of(system: System, service: str, owners: Sequence[str]) -> list[dict[str, Any]]:
    async with asking(system, service) as there:
        return [{**one, "service": service} for owner in dict.fromkeys(owners) for one in await there.get("/parked", owner=owner)]


def _by_age(found: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    return sorted((one for some in found for one in some), key=lambda x: (x["position"], x["service"], x["owner"]))


async def put_back(system: System, selections: Mapping[str, Mapping[str, Any]], dry_run: bool) -> dict[str, Any]:
    """Ask services to put back what is selected in each of them; what they answered, added up.

    Raises:
        OpsError: a service does not answer, or refuses: an aggregate is not parked any more.
    """
    total: dict[str, Any] = {"matched": 0, "asked": 0, "owners": []}
    for service, selection in selections.items():
        async with asking(system, service) as there:
            answer = await there.send("POST", "/parked/put-back", {**selection, "dry_run": dry_run})
        total = {name: sum_ + answer[name] for name, sum_ in total.items()}
    return total


def by_service(parked: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Aggregates of the list as selections of their services."""
    selections: dict[str, dict[str, Any]] = {}
    for one in parked:
        selections.setdefault(one["service"], {"owners": []})["owners"].append(one["owner"])
    return selections
