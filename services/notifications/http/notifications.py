"""The state of every notification and e-mail, for anybody with a token; and the one thing a person can do about an uncertain one."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from chassis.http import Caller, Database, Problem, Receipt, run_command
from contracts.values import Id, Slug
from services.notifications.domain import Channel, ResendEmail, State, Status
from services.notifications.http.views import EmailView, NotificationView, Page, StateCount, Summary, notification_view
from services.notifications.store import queries
from services.notifications.store.emails import find_email

router = APIRouter(tags=["notifications"])


class NotificationsWanted(BaseModel):
    """Which notifications. `about`: a deal's id."""

    about: Id | None = None
    recipient: Id | None = None
    state: State | None = None
    channel: Channel | None = None
    kind: Slug | None = None

    def query(self) -> queries.Wanted:
        """For the store."""
        return queries.Wanted(self.about, self.recipient, self.state, self.channel, self.kind)


class NotificationsPart(NotificationsWanted):
    """Which of them, from which on, and how many at most."""

    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


class EmailsWanted(BaseModel):
    """Which e-mails, from which on, and how many at most."""

    recipient: Id | None = None
    status: Status | None = None
    after: Id | None = None
    limit: int = Field(100, ge=1, le=500)


@router.get("/notifications")
async def list_notifications(wanted: Annotated[NotificationsPart, Query()], db: Database, caller: Caller) -> Page[NotificationView]:
    """Notifications by id; every one that was ever due and is not older than the policy keeps."""
    rows = await queries.list_rows(db, wanted.query(), wanted.after, wanted.limit)
    return Page(items=tuple(notification_view(row) for row in rows), next=rows[-1]["_id"] if len(rows) == wanted.limit else None)


@router.get("/notifications/summary")
async def summarise(wanted: Annotated[NotificationsWanted, Query()], db: Database, caller: Caller) -> Summary:
    """How many there are of each kind, channel and state."""
    counts = tuple(StateCount.model_validate(found) for found in await queries.count_states(db, wanted.query()))
    by_state = Counter[State]()
    for counted in counts:
        by_state[counted.state] += counted.count
    return Summary(total=by_state.total(), by_state=dict(by_state), counts=counts)


@router.get("/notifications/{notification_id}")
async def read_notification(notification_id: Id, db: Database, caller: Caller) -> NotificationView:
    """One notification, with the e-mail that carries it."""
    row = await queries.find_row(db, notification_id)
    if row is None:
        raise _unknown(notification_id)
    email = await find_email(db, row["email"]) if row["email"] else None
    return notification_view(row, EmailView.model_validate(email) if email else None)


@router.post("/notifications/{notification_id}/resend")
async def resend(notification_id: Id, request: Request, db: Database, caller: Caller) -> Receipt:
    """Send the e-mail of an uncertain or failed notification again; a digest goes again as a whole. Takes an e-mail's id as well."""
    row = await queries.find_row(db, notification_id)
    if row is not None and row["email"] is None:
        raise Problem(409, "not_resendable", f"the notification went by {row['channel']}, not by e-mail", field="notification_id")
    return await run_command(request, ResendEmail(email_id=row["email"] if row else notification_id), caller)


@router.get("/emails")
async def list_emails(wanted: Annotated[EmailsWanted, Query()], db: Database, caller: Caller) -> Page[EmailView]:
    """E-mails by id: each about one event, or a digest of several."""
    found = await queries.list_emails(db, wanted.recipient, wanted.status, wanted.after, wanted.limit)
    items = tuple(EmailView.model_validate(email) for email in found)
    return Page(items=items, next=items[-1].email_id if len(items) == wanted.limit else None)


@router.get("/emails/{email_id}")
async def read_email(email_id: Id, db: Database, caller: Caller) -> EmailView:
    """One e-mail."""
    email = await find_email(db, email_id)
    if email is None:
        raise _unknown(email_id)
    return EmailView.model_validate(email)


def _unknown(id_: str) -> Problem:
    return Problem(404, "notification_unknown", f"there is no notification {id_!r}, or it is older than they are kept", "notification_id")
