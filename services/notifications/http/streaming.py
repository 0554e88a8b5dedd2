"""A live inbox: server-sent events (HTML Living Standard, 9.2), resumable without loss.

The first event is `ready`, then come `notification` and `read`, each with an id. A client that opens the stream, waits for `ready` and then
reads GET /inbox misses nothing. One that comes back with `Last-Event-ID` gets what it missed; if that is no longer on record, it gets
`reset`, and reads GET /inbox again. Lines that begin with a colon keep the connection alive.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from chassis.http import Caller, Database, Problem, Running, runtime_of
from chassis.mongo import Database as Db
from contracts.values import Id
from services.notifications.handlers.permission import permit_inbox
from services.notifications.http.views import inbox_items
from services.notifications.settings import NotificationsSettings
from services.notifications.store.feed import Feed, InboxChange, Reader, TooFarBehind
from services.notifications.store.queries import directory_of

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
router = APIRouter(tags=["inbox"])


@router.get("/inbox/stream", response_class=StreamingResponse)
async def stream_inbox(
    request: Request,
    db: Database,
    caller: Caller,
    runtime: Running,
    of: Annotated[Id | None, Query()] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow one's own inbox, or with `of` a department's."""
    recipient = of or caller.id
    permit_inbox(caller, recipient, await directory_of(db, caller.id))
    feed, settings = feed_of(request), runtime.settings
    assert isinstance(settings, NotificationsSettings)
    if feed.readers >= settings.inbox_streams:
        raise Problem(503, "too_many_streams", "too many live inboxes are open here: try again later, or read GET /inbox")
    events = follow(feed, db, recipient, last_event_id, settings.inbox_heartbeat, runtime.stopping)
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


def feed_of(request: Request) -> Feed:
    """The feed of this process, made when first asked for."""
    state = request.app.state
    if not hasattr(state, "inbox_feed"):
        state.inbox_feed = Feed(runtime_of(request).db)
    feed: Feed = state.inbox_feed
    return feed


async def follow(feed: Feed, db: Db, recipient: str, after: str | None, heartbeat: float, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """The events of one live inbox, for as long as somebody reads and the service runs."""
    reader = Reader(frozenset({recipient}))
    try:
        reached = await feed.join(reader)
        if after:
            try:
                async for change in feed.since(after, reached, reader.recipients):
                    yield await _event(db, change)
            except TooFarBehind:
                yield _named("reset", reached, {})
        yield _named("ready", reached, {})
        async for part in _live(reader, db, reached, heartbeat, stopping):
            yield part
    finally:
        feed.leave(reader)


async def _live(reader: Reader, db: Db, reached: str, heartbeat: float, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    end = asyncio.create_task(stopping.wait())
    try:
        while (not reader.lost or not reader.changes.empty()) and not end.done():
            following = asyncio.create_task(reader.changes.get())
            await asyncio.wait({following, end}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                yield b": still here\n\n"
            elif (change := following.result()).token > reached:
                yield await _event(db, change)
    finally:
        end.cancel()


async def _event(db: Db, change: InboxChange) -> bytes:
    if change.read:
        return _named("read", change.token, {"id": change.row["_id"], "read_at": change.row["read_at"].isoformat()})
    (item,) = await inbox_items(db, [change.row])
    return _named("notification", change.token, item.model_dump(mode="json"))


def _named(name: str, token: str, content: object) -> bytes:
    return f"event: {name}\nid: {token}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()
