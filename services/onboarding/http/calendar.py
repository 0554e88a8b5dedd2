"""The kick-off as an iCalendar file that people can open (R44)."""

import uuid
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from icalendar import Calendar, Event

from chassis.http import Problem
from services.onboarding.domain import Handover, State
from services.onboarding.http.reading import the_handover

router = APIRouter(tags=["handovers"])
MEDIA_TYPE = "text/calendar"
IDS = uuid.UUID("6c1d1a52-5d0e-4f4c-9a3e-0f0d3b6a7f11")
"""Namespace of the calendar's event ids, so that a moved kick-off replaces the one in the reader's calendar."""


@router.get("/handovers/{deal_id}/kickoff.ics", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def read_calendar(handover: Annotated[Handover, Depends(the_handover)]) -> Response:
    """The booked kick-off; cancelled where the handover was stopped."""
    if handover.kickoff.at is None:
        raise Problem(404, "kickoff_not_booked", "the kick-off has no time yet", field="deal_id")
    headers = {"Content-Disposition": 'attachment; filename="kickoff.ics"'}
    return Response(invitation(handover).to_ical(), media_type=MEDIA_TYPE, headers=headers)


def invitation(handover: Handover) -> Calendar:
    """The kick-off as RFC 5545 says it, without names of people. `SEQUENCE` counts its moves, and its cancellation.

    Raises:
        ValueError: it is not booked.
    """
    kickoff = handover.kickoff
    if kickoff.at is None or kickoff.booked_at is None:
        raise ValueError("a kick-off that is not booked has no invitation")
    off = handover.state is State.STOPPED
    event = Event()
    event.add("uid", f"{uuid.uuid5(IDS, f'{handover.deal_id}|{handover.cycle}')}@baton")
    event.add("summary", f"Kick-off: {handover.account_name or handover.account_id}")
    event.add("dtstamp", kickoff.booked_at)
    event.add("dtstart", kickoff.at)
    event.add("dtend", kickoff.at + timedelta(minutes=kickoff.minutes))
    event.add("sequence", kickoff.moves + off)
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Baton//Onboarding//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if off else "PUBLISH")
    calendar.add_component(event)
    return calendar
