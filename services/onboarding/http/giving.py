"""The commands over HTTP, one by one and in bulk; the deciders ask the policy who may give which."""

from fastapi import APIRouter

from chassis.http import bulk, commands
from contracts.message import Message
from contracts.onboarding import AcceptHandover, BookKickoff, CompleteStep, HoldKickoff, ReturnHandover

ROUTES: dict[str, type[Message]] = {
    "POST /handovers/{deal_id}/accept": AcceptHandover,
    "POST /handovers/{deal_id}/return": ReturnHandover,
    "POST /handovers/{deal_id}/steps/{step}": CompleteStep,
    "PUT /handovers/{deal_id}/kickoff": BookKickoff,
    "POST /handovers/{deal_id}/kickoff/held": HoldKickoff,
}

router = APIRouter(tags=["handovers"])
bulk(router, "POST /handovers/bulk", tuple(ROUTES.values()))
commands(router, ROUTES)
