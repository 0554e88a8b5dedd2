"""Dead letters over HTTP: list, show, try again, give up."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.callers import Database, Operator, Running
from chassis.http.problems import Problem
from chassis.redrive import applied_since, demand_whole, discard, redrive

router = APIRouter(tags=["dead letters"])
PAGE = 500
CONTENT = {"value": 0, "headers": 0}
"""What a list leaves out: a value may have a megabyte."""
SHOWN = (
    "topic",
    "partition",
    "offset",
    "reason",
    "message",
    "attempts",
    "key",
    "status",
    "line",
    "type",
    "source",
    "full_size",
    "at",
    "changed_at",
)
"""Members of a letter that are shown under their own names."""
AGGREGATE = {"collection": 1, "key": 1, "applied": 1}


class Selection(BaseModel):
    """Which open dead letters: those with the ids, or those that match the filter. An empty selection is refused."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] | None = Field(default=None, max_length=10_000)
    reason: str | None = None
    type: str | None = None
    key: str | None = None
    line: str | None = None
    everything: bool = False
    dry_run: bool = False

    def where(self) -> dict[str, Any]:
        """The filter of the collection.

        Raises:
            Problem: nothing was selected.
        """
        if self.ids is not None:
            return {"_id": {"$in": self.ids}}
        where = {k: v for k, v in self.model_dump(include={"reason", "type", "key", "line"}).items() if v is not None}
        if not where and not self.everything:
            raise Problem(422, "invalid", "select by ids, reason, type, key or line, or say everything", "ids")
        return where


@router.get("/dead-letters", summary="Messages that could not be taken")
async def letters(
    database: Database,
    caller: Operator,
    status: str = "open",
    reason: str | None = None,
    type: str | None = None,
    key: str | None = None,
    line: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """In the order of their ids, without their content."""
    given = {"status": status, "reason": reason, "type": type, "key": key, "line": line}
    where: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if status == "all":
        del where["status"]
    if after:
        where["_id"] = {"$gt": after}
    found = await database.dead_letters.find(where, CONTENT, sort=[("_id", 1)], limit=max(1, min(limit, PAGE))).to_list(None)
    since = await applied_since(database, found)
    return [{**_shown(letter), "applied_since": since.get(letter["_id"])} for letter in found]


@router.get("/dead-letters/{letter_id:path}", summary="One of them, with its content")
async def letter(letter_id: str, database: Database, caller: Operator) -> dict[str, Any]:
    """Headers and value as text; bytes that are not UTF-8 are escaped."""
    found = await database.dead_letters.find_one({"_id": letter_id})
    if found is None:
        raise Problem(404, "unknown", f"there is no dead letter {letter_id!r}")
    headers = [[name, _text(value)] for name, value in found["headers"]]
    since = await applied_since(database, [found])
    return {**_shown(found), "applied_since": since.get(letter_id), "headers": headers, "value": _text(found["value"])}


@router.post("/dead-letters/redrive", summary="Try them again, in their original order")
async def redrive_letters(selection: Selection, runtime: Running, database: Database, caller: Operator) -> dict[str, Any]:
    """With `dry_run`, only what would be tried."""
    where = selection.where()
    await demand_whole(database, where)
    matched = await database.dead_letters.find({"$and": [{"status": "open"}, where]}, AGGREGATE).to_list(None)
    since = await applied_since(database, matched)
    done = [] if selection.dry_run else await redrive(runtime.committer, where, caller.id)
    runtime.relay.wake.set()
    return {"matched": len(matched), "redriven": len(done), "ids": done or [m["_id"] for m in matched], "applied_since": since}


@router.post("/dead-letters/discard", summary="Give up on them; they stay on record")
async def discard_letters(selection: Selection, database: Database, caller: Operator) -> dict[str, int]:
    """With `dry_run`, only how many it would be."""
    where = selection.where()
    matched = await database.dead_letters.count_documents({"$and": [{"status": "open"}, where]})
    return {"matched": matched, "discarded": 0 if selection.dry_run else await discard(database, where, caller.id)}


def _text(content: bytes | None) -> str | None:
    return None if content is None else bytes(content).decode(errors="backslashreplace")


def _shown(letter: dict[str, Any]) -> dict[str, Any]:
    return {"id": letter["_id"], "message_id": letter.get("id"), **{name: letter.get(name) for name in SHOWN}, "by": letter.get("by")}
