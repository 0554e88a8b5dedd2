"""Sending rows to deals in bulk: a few requests at once, each repeated under its own key until it is answered for, line by line."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice

from ops.asking import PATIENCE, Asking
from ops.bulk import Answer, send_lines
from ops.errors import OpsError
from ops.importing.rows import Row

CHUNK, IN_FLIGHT = 400, 4
"""Rows in one request, and requests under way at once."""
PERSON_UNKNOWN = "person_unknown"
PAUSE = 0.5
Asked = tuple[Row, Answer | None]
"""A row, and the answer to it where it is known without asking."""


class Upload:
    """One run of an import. Its requests bear keys of its own: a repeat is answered as the first was, even after a crash in between."""

    def __init__(self, deals: Asking) -> None:
        self._deals, self._run = deals, uuid.uuid4().hex

    async def send_all(self, rows: Iterable[Asked]) -> AsyncIterator[tuple[Row, Answer]]:
        """The rows with their answers, in order. Those that have an answer already are passed through.

        Raises:
            OpsError: the service is away for too long, or refuses a request as a whole.
        """
        waiting: deque[asyncio.Task[list[tuple[Row, Answer]]]] = deque()
        try:
            for number, chunk in enumerate(_chunks(iter(rows))):
                waiting.append(asyncio.create_task(self._send_chunk(chunk, f"{self._run}-{number}")))
                if len(waiting) >= IN_FLIGHT:
                    for pair in await waiting.popleft():
                        yield pair
            while waiting:
                for pair in await waiting.popleft():
                    yield pair
        finally:
            for task in waiting:
                task.cancel()

    async def send_one(self, row: Row) -> Answer:
        """The answer to one row, which waits until deals has heard of the person who waives.

        Raises:
            OpsError: it has not heard of them in time.
        """
        deadline, attempt = time.monotonic() + PATIENCE, 0
        while True:
            (answer,) = await self._send([row], f"{self._run}-first-{attempt}")
            if answer.get("code") != PERSON_UNKNOWN:
                return answer
            if time.monotonic() > deadline:
                raise OpsError(f"deals has not heard of the person who waives after {PATIENCE:.0f} s: {answer.get('detail')}")
            attempt += 1
            await asyncio.sleep(PAUSE)

    async def _send_chunk(self, chunk: Sequence[Asked], key: str) -> list[tuple[Row, Answer]]:
        to_send = [row for row, answer in chunk if answer is None]
        answers = iter(await self._send(to_send, key) if to_send else [])
        return [(row, next(answers) if answer is None else answer) for row, answer in chunk]

    async def _send(self, rows: Sequence[Row], key: str) -> list[Answer]:
        return await send_lines(self._deals, "/deals/bulk", [_line(row) for row in rows], key)


def _line(row: Row) -> Answer:
    assert row.command is not None
    return {"type": "ImportDeal", **row.command.model_dump(mode="json", exclude_none=True)}


def _chunks(rows: Iterator[Asked]) -> Iterator[list[Asked]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
