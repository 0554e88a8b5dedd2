"""A recipient's preferences over HTTP: their own, their department's, or anybody's for an operator."""

from datetime import timedelta

from fastapi import APIRouter

from chassis.http import Caller, Database, Running, commands
from contracts.notifications import Audience, SetPreferences
from contracts.values import Id
from services.notifications.domain import DEPARTMENT_PREFIX, Recipient
from services.notifications.handlers.permission import permit_inbox
from services.notifications.handlers.recipients import manner_of
from services.notifications.http.views import PreferencesView
from services.notifications.store.queries import directory_of, find_recipient

router = APIRouter(tags=["preferences"])
commands(router, {"PUT /people/{person_id}/preferences": SetPreferences})


@router.get("/people/{person_id}/preferences")
async def read_preferences(person_id: Id, db: Database, caller: Caller, runtime: Running) -> PreferencesView:
    """The channels and the digest in force."""
    permit_inbox(caller, person_id, await directory_of(db, caller.id))
    recipient = await find_recipient(db, person_id) or Recipient(recipient_id=person_id)
    audience = Audience.DEPARTMENT if person_id.startswith(DEPARTMENT_PREFIX) else Audience.COLLEAGUE
    manner = manner_of(audience, runtime.policy)
    return PreferencesView(
        person_id=person_id,
        channels=manner.channels if recipient.channels is None else recipient.channels,
        digest_every_minutes=recipient.period(manner.digest_every) // timedelta(minutes=1),
        chosen=recipient.channels is not None or recipient.digest_every_minutes is not None,
        digest_due_at=recipient.digest_due_at,
    )
