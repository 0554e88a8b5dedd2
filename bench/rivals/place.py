"""Where a rival works, from the same variables that services read; and how its process begins and ends."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """Servers and names. `source`: the CloudEvents source of what is published."""

    kafka: str
    mongo: str
    prefix: str

    @classmethod
    def of_environment(cls) -> "Place":
        """The place that the variables name."""
        return cls(*(os.environ[f"BATON_{name}"] for name in ("KAFKA", "MONGO", "PREFIX")))

    @property
    def source(self) -> str:
        return f"/{self.prefix}/deals"

    @property
    def group(self) -> str:
        return f"{self.prefix}.deals"

    @property
    def database(self) -> str:
        return f"{self.prefix}_deals"

    @property
    def commands(self) -> str:
        return f"{self.prefix}.deals.commands"

    @property
    def events(self) -> str:
        return f"{self.prefix}.deals.events"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}.deals.dead-letters"


async def until_told(*tasks: Coroutine[Any, Any, Any]) -> None:
    """Run the tasks until SIGTERM, or until one of them fails, which ends the process with its error."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    running = [asyncio.create_task(told.wait()), *map(asyncio.create_task, tasks)]
    done, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()
