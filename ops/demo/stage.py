"""What the demo's scenes act with: connections to the services in a colleague's name, commands in bulk, lists in pages, waiting."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.markup import escape

from ops.asking import asking
from ops.bulk import Answer, send_lines
from ops.demo.cast import Colleague
from ops.errors import OpsError
from ops.output import console
from ops.status import wait_settled
from ops.system import System

CHUNK, AT_ONCE = 250, 3
PATIENCE = 180.0
"""Seconds to wait for what has to follow by itself."""
TAKEN = frozenset({"changed", "nothing", "seen"})
PATHS = {"deals": "/deals/bulk", "onboarding": "/handovers/bulk", "notifications": "/directory/bulk"}
Command = Mapping[str, Any]


class Stage:
    """One running system, and everything that is done to it from outside."""

    def __init__(self, system: System) -> None:
        self.system = system

    def tell(self, text: str) -> None:
        """A line of the story."""
        console.print(f"  {escape(text)}", soft_wrap=True)

    def headline(self, text: str) -> None:
        """A scene begins."""
        console.print(f"\n[bold]{escape(text)}[/bold]")

    async def act(self, service: str, who: Colleague, commands: Iterable[Command]) -> list[Answer]:
        """Give commands in bulk in somebody's name; an answer for each, whatever it says.

        A command that was refused because word of a person, or the score of a package, has not come round yet, is given again.

        Raises:
            OpsError: the service is away.
        """
        wanted = list(commands)
        answers: dict[int, Answer] = {}
        async with asking(self.system, service, who.person_id, who.roles) as there:
            left, deadline = list(range(len(wanted))), asyncio.get_running_loop().time() + PATIENCE
            while left:
                parts = [left[begin : begin + CHUNK] for begin in range(0, len(left), CHUNK)]
                gate = asyncio.Semaphore(AT_ONCE)

                async def send(part: Sequence[int], gate: asyncio.Semaphore = gate) -> None:
                    async with gate:
                        told = await send_lines(there, PATHS[service], [wanted[n] for n in part], uuid.uuid4().hex)
                    answers.update(zip(part, told, strict=True))

                await asyncio.gather(*(send(part) for part in parts))
                left = [n for n in left if _too_early(answers[n])] if asyncio.get_running_loop().time() < deadline else []
                if left:
                    await asyncio.sleep(0.5)
        return [answers[n] for n in range(len(wanted))]

    async def do(self, service: str, who: Colleague, commands: Iterable[Command]) -> int:
        """As `act`, but every command has to be taken; returns how many there were.

        Raises:
            OpsError: one was not taken.
        """
        answers = await self.act(service, who, commands)
        for answer in answers:
            if answer["outcome"] not in TAKEN:
                raise OpsError(f"{service} did not take what {who.name} did about {answer.get('id')}: {answer.get('detail')}")
        return len(answers)

    async def all_of(self, service: str, path: str, **where: Any) -> list[Any]:
        """All items of a list, page by page. Raises: OpsError."""
        items: list[Any] = []
        after = None
        async with asking(self.system, service) as there:
            while True:
                page = await there.get(path, **where, after=after, limit=500)
                items += page["items"]
                if (after := page["next"]) is None:
                    return items

    async def settle(self) -> None:
        """Wait until nothing is under way. Raises: OpsError."""
        await wait_settled(self.system, PATIENCE, lambda awaited: None)

    async def until(self, what: str, look: Callable[[], Awaitable[bool]]) -> None:
        """Wait until `look` says so.

        Raises:
            OpsError: it took too long. `what`: what was awaited.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not await look():
            if asyncio.get_running_loop().time() > deadline:
                raise OpsError(f"{what}: still not so after {PATIENCE:.0f} s.")
            await asyncio.sleep(0.5)


def _too_early(answer: Answer) -> bool:
    pending = any(lack.get("code") == "score_pending" for lack in answer.get("missing", ()))
    return answer.get("code") == "person_unknown" or pending
