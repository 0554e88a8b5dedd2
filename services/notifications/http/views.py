"""What callers see: colleagues, teams, preferences, inbox items, notifications and e-mails."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from chassis.mongo import Database
from chassis.people_store import find_people
from contracts.notifications import Audience
from services.notifications import rendering
from services.notifications.domain import Channel, State, Status
from services.notifications.wording import wording

T = TypeVar("T")


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Page(View, Generic[T]):
    """A part of a list. `next`: what to give as `after` for the part that follows; None at the end."""

    items: tuple[T, ...]
    next: str | None


class ColleagueView(View):
    """A colleague; never their sealing key."""

    person_id: str
    name: str
    email: str | None
    phone: str | None
    time_zone: str
    roles: tuple[str, ...]
    department: str | None


class TeamView(View):
    """Who fills which role for an account."""

    account_id: str
    members: dict[str, tuple[str, ...]]


class PreferencesView(View):
    """Channels and digest in force; `chosen` is false where the policy's defaults hold. `digest_due_at`: when what waits goes out."""

    person_id: str
    channels: tuple[Channel, ...]
    digest_every_minutes: int
    chosen: bool
    digest_due_at: datetime | None


class DetailView(View):
    """One line of a notification. `label` is for people, `name` for programs."""

    name: str
    label: str
    text: str


class InboxItem(View):
    """A notification in an inbox, as its reader sees it."""

    id: str
    recipient: str
    kind: str
    title: str
    lead: str
    about: str
    account_id: str | None
    roles: tuple[str, ...]
    critical: bool
    happened_at: datetime
    read_at: datetime | None
    details: tuple[DetailView, ...]


class Inbox(Page[InboxItem]):
    """A part of an inbox, the latest first, and how many of all its notifications are unread."""

    unread: int


class EmailView(View):
    """An e-mail. `attempt`: how often it was tried; `reason`: why it was put off or failed."""

    email_id: str
    recipient_id: str
    audience: Audience
    kind: str
    digest: int | None
    about: str | None
    status: Status
    attempt: int
    reason: str | None
    not_before: datetime
    queued_at: datetime
    changed_at: datetime
    resent_by: str | None


class NotificationView(View):
    """A notification's state: who was to hear of which event, on which channel, and what became of it. Says nothing of its content."""

    id: str
    recipient: str
    audience: Audience
    channel: Channel
    state: State
    reason: str | None
    kind: str
    roles: tuple[str, ...]
    about: str
    account_id: str | None
    critical: bool
    because_of: str
    happened_at: datetime
    created_at: datetime
    expires_at: datetime
    digest: int | None
    email_id: str | None
    read_at: datetime | None
    email: EmailView | None = None


class StateCount(View):
    """How many notifications of a kind are in a state on a channel."""

    kind: str
    channel: Channel
    state: State
    count: int


class Summary(View):
    """Counts of notifications. `by_state`: over all kinds and channels."""

    total: int
    by_state: dict[State, int]
    counts: tuple[StateCount, ...]


def notification_view(row: Mapping[str, Any], email: EmailView | None = None) -> NotificationView:
    """A notification's row for a caller."""
    return NotificationView.model_validate({**row, "id": row["_id"], "email_id": row["email"], "email": email})


async def inbox_items(db: Database, rows: Sequence[Mapping[str, Any]]) -> tuple[InboxItem, ...]:
    """Rows of an inbox, with names for ids and sealed words in the clear."""
    people, words = await find_people(db, rendering.mentioned(rows)), wording()
    return tuple(
        InboxItem.model_validate({**row, **vars(one), "id": row["_id"], "details": tuple(vars(detail) for detail in one.details)})
        for row in rows
        for one in (rendering.item(row, people, words),)
    )
