"""The in-app inbox over HTTP: read it, mark as read; one's own, or one's department's."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.http import Caller, Database, Receipt, run_command
from contracts.notifications import MarkRead
from contracts.values import Id
from services.notifications.handlers.permission import permit_inbox
from services.notifications.http.views import Inbox, inbox_items
from services.notifications.store.queries import count_unread, directory_of, list_inbox

router = APIRouter(tags=["inbox"])


class InboxWanted(BaseModel):
    """Whose inbox (`of`: the caller's own when left out, else such as `department:finance`), which part, and how much of it."""

    of: Id | None = None
    unread: bool = False
    after: Id | None = None
    limit: int = Field(50, ge=1, le=500)


class ReadNow(BaseModel):
    """What has been read; everything when no ids are given. `of` as above."""

    model_config = ConfigDict(extra="forbid")

    of: Id | None = None
    notification_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()


@router.get("/inbox")
async def read_inbox(wanted: Annotated[InboxWanted, Query()], db: Database, caller: Caller) -> Inbox:
    """Notifications, the latest first, and how many are unread."""
    recipient = wanted.of or caller.id
    permit_inbox(caller, recipient, await directory_of(db, caller.id))
    rows = await list_inbox(db, recipient, wanted.unread, wanted.after, wanted.limit)
    return Inbox(
        items=await inbox_items(db, rows),
        next=rows[-1]["_id"] if len(rows) == wanted.limit else None,
        unread=await count_unread(db, recipient),
    )


@router.post("/inbox/read")
async def mark_read(now: ReadNow, request: Request, caller: Caller) -> Receipt:
    """Mark notifications as read."""
    command = MarkRead(person_id=now.of or caller.id, notification_ids=now.notification_ids)
    return await run_command(request, command, caller)
