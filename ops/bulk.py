"""Commands in bulk: lines sent under a key until every one is answered for."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ops.asking import PATIENCE, Asking
from ops.errors import OpsError

UNAVAILABLE = "unavailable"
PAUSE = 0.5
Answer = dict[str, Any]


async def send_lines(there: Asking, path: str, lines: Sequence[Mapping[str, Any]], key: str) -> list[Answer]:
    """An answer for each line, in order. The request is repeated under its key while the service is away: a repeat of a command changes
    nothing, and one of the directory's lines, which have no keys, puts the same there again.

    Raises:
        OpsError: the service is away for too long, or refuses the request as a whole.
    """
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    deadline = time.monotonic() + PATIENCE
    while True:
        left = max(0.0, deadline - time.monotonic())
        response = await there.request("POST", path, patience=left, content=body, headers={"Idempotency-Key": key})
        answers: list[Answer] = [json.loads(line) for line in response.text.splitlines()]
        if len(answers) == len(lines) and not any(answer["outcome"] == UNAVAILABLE for answer in answers):
            return answers
        if not left:
            raise OpsError(f"{there.service} did not take {len(lines)} commands for {PATIENCE:.0f} s; run this again.")
        await asyncio.sleep(PAUSE)
