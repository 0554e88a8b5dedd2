"""Finding the message that kills the process: after a crash records go in small groups, then one by one; the third death names it.

What is about to be worked on is written down first, outside the transaction, because nothing of a dying process can be asked later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne

from chassis.mongo import Database

KILLS = 3
"""How often a message may take the process down before it is a dead letter."""
GROUP = 50
"""Records in a transaction after a first crash."""


@dataclass(slots=True)
class Suspicion:
    """One of the records from `since` up to `until` may kill the process; it did so `times` times.

    `guilty`: the offset of the one that was worked on alone when the process died for the third time.
    """

    since: int
    until: int
    times: int
    guilty: int | None = None

    @property
    def limit(self) -> int:
        """Records in the next transaction at most."""
        return GROUP if self.times == 1 else 1

    def is_behind(self, position: int) -> bool:
        """Whether reading has gone past everything that is suspected, or past the guilty one."""
        return position >= self.until or (self.guilty is not None and position > self.guilty)


def after_take_up(fence: Mapping[str, Any], me: str, window: int) -> Suspicion | None:
    """What to suspect, judging by the fence's document from before this take-up. `window`: offsets that the dead holder may have worked
    on: those of a transaction, and none that the log did not have then.

    A holder that is still named in it gave nothing back: it crashed, or lost touch.
    """
    position, noted = fence["next"], fence.get("suspicion")
    known = Suspicion(noted["since"], noted["until"], noted["times"]) if noted and position < noted["until"] else None
    if fence.get("holder") in (None, me):
        return known
    if known is None:
        return Suspicion(position, position + window, 1) if window > 0 else None
    begun, ended = (noted or {}).get("flight") or (-1, -1)
    if not begun <= position < ended:
        return known  # what died was something else
    if known.times == 1:
        return Suspicion(position, ended, 2)
    return Suspicion(position, known.until, KILLS, guilty=ended - 1)  # not `position`: there may be a gap before the record


async def take(database: Database, suspicions: Mapping[str, Suspicion | None], holder: str) -> None:
    """Write down who holds the partitions and, by fence, what is suspected; all in one request, because nothing is read meanwhile."""
    statements = [
        UpdateOne({"_id": fence}, {"$set": {"holder": holder, "suspicion": suspicion and _noted(suspicion)}, "$unset": {"adopted": ""}})
        for fence, suspicion in suspicions.items()
    ]
    if statements:
        await database.fences.bulk_write(statements, ordered=False)


async def note_flight(database: Database, fence: str, suspicion: Suspicion, begun: int, ended: int, holder: str) -> None:
    """Write down the records, from `begun` to before `ended`, that will be to blame if the process dies now; whole, because a take-up
    that was overtaken may have written over what this holder had noted."""
    noted = {**_noted(suspicion), "flight": [begun, ended]}
    await database.fences.update_one({"_id": fence}, {"$set": {"holder": holder, "suspicion": noted}})


def _noted(suspicion: Suspicion) -> dict[str, Any]:
    return {"since": suspicion.since, "until": suspicion.until, "times": min(suspicion.times, KILLS - 1)}


async def release(database: Database, fences: list[str], holder: str) -> None:
    """The partitions are given back in order: whoever takes them up has nothing new to suspect."""
    await database.fences.update_many({"_id": {"$in": fences}, "holder": holder}, {"$set": {"holder": None}})
