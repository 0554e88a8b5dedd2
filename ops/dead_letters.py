"""Dead letters of all services over their HTTP interfaces, which alone may change them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.asking import asking, segment
from ops.errors import OpsError
from ops.system import NAMES, System, services_named

PAGE = 500


@dataclass(frozen=True)
class Filter:
    """Which dead letters. `service`: of which service; of all when None. The rest is matched exactly."""

    service: str | None = None
    reason: str | None = None
    type: str | None = None
    key: str | None = None
    line: str | None = None

    def services(self) -> tuple[str, ...]:
        """The services to ask.

        Raises:
            OpsError: there is no such service.
        """
        return services_named(self.service)

    def narrowing(self) -> dict[str, str]:
        """What is filtered by, besides the service."""
        return {name: value for name, value in asdict(self).items() if value is not None and name != "service"}


async def list_letters(system: System, chosen: Filter, status: str) -> list[dict[str, Any]]:
    """The dead letters, by topic, partition and offset. `service` says whose they are.

    Raises:
        OpsError: a service does not answer.
    """
    found = await asyncio.gather(*(_of(system, service, chosen, status) for service in chosen.services()))
    return sorted((letter for some in found for letter in some), key=lambda x: (x["topic"], x["partition"], x["offset"], x["id"]))


async def _of(system: System, service: str, chosen: Filter, status: str) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = []
    async with asking(system, service) as there:
        while True:
            after = letters[-1]["id"] if letters else None
            page = await there.get("/dead-letters", **chosen.narrowing(), status=status, after=after, limit=PAGE)
            letters += [{**letter, "service": service} for letter in page]
            if len(page) < PAGE:
                return letters


async def show_letter(system: System, id: str) -> dict[str, Any]:
    """One dead letter with its content, whichever service has it.

    Raises:
        OpsError: none has it.
    """
    for service in NAMES:
        async with asking(system, service) as there:
            answer = await there.request("GET", f"/dead-letters/{segment(id)}", ok=(404,))
        if answer.is_success:
            return {**answer.json(), "service": service}
    raise OpsError(f"No service has a dead letter {id!r}.")


async def change(
    system: System, verb: str, selection: Mapping[str, Any], services: Sequence[str], dry_run: bool
) -> dict[str, dict[str, Any]]:
    """Redrive or discard what is selected in each of the services; their answers by service.

    Raises:
        OpsError: a service does not answer, or refuses.
    """
    answers = {}
    for service in services:
        async with asking(system, service) as there:
            answers[service] = await there.send("POST", f"/dead-letters/{verb}", {**selection, "dry_run": dry_run})
    return answers
