"""Before the rows: colleagues whom the export names are entered into the directory, and their accounts' teams."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ops.asking import PATIENCE, Asking, segment
from ops.bulk import send_lines
from ops.errors import OpsError
from ops.importing.survey import Survey

AT_ONCE = 16
BULK = 200
TAKEN = frozenset({"changed", "nothing", "seen"})


async def register(directory: Asking, found: Survey) -> None:
    """Enter who is new; a colleague who is known when this begins stays as the directory has them, whatever the export says.

    Raises:
        OpsError: the notifications service is away for too long, or does not take somebody.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    ids = list(found.colleagues)
    known = dict(zip(ids, await asyncio.gather(*(_is_known(directory, id, gate) for id in ids)), strict=True))
    people = [colleague.shape() for id, colleague in found.colleagues.items() if not known[id]]
    for lines in (people, found.team_lines()):
        for begin in range(0, len(lines), BULK):
            await _send(directory, lines[begin : begin + BULK])


async def _is_known(directory: Asking, id: str, gate: asyncio.Semaphore) -> bool:
    async with gate:
        answer = await directory.request("GET", f"/people/{segment(id)}", patience=PATIENCE, ok=(404,))
    return answer.is_success


async def _send(directory: Asking, lines: Sequence[Mapping[str, Any]]) -> None:
    for told in await send_lines(directory, "/directory/bulk", lines, uuid.uuid4().hex):
        if told["outcome"] not in TAKEN:
            raise OpsError(f"The directory does not take {told.get('id') or 'line ' + str(told['line'])}: {told.get('detail')}")
