"""The contents page of onboarding: one line per topic and message, and what decides on it."""

from chassis.line import Line, on
from chassis.people import COPY_COLLEAGUES
from contracts.deals import (
    DealClosedLost,
    DealClosedWon,
    DealContactAdded,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageMoved,
    PackageSubmitted,
)
from contracts.feedback import DetractorRaised
from contracts.message import Command
from contracts.onboarding import (
    AcceptHandover,
    BookKickoff,
    CompleteStep,
    HoldKickoff,
    KickoffBookingDue,
    KickoffHoldingDue,
    PackageDue,
    ReturnHandover,
    StepDue,
)
from contracts.topics import DEALS, FEEDBACK, ONBOARDING
from services.onboarding import handlers
from services.onboarding.store import HANDOVER


def _who_asks(command: Command) -> list[str]:
    """Nobody besides the caller, whose record is always there when a line mentions people: text is sealed under their key."""
    return []


LINES: tuple[Line, ...] = (
    on(DEALS.events, DealOpened, handlers.prepare_at_opening, HANDOVER),
    on(DEALS.events, DealStageMoved, handlers.prepare_at_stage, HANDOVER),
    on(DEALS.events, PackageSubmitted, handlers.score_package, HANDOVER),
    on(DEALS.events, DealClosedWon, handlers.open_handover, HANDOVER),
    on(DEALS.events, DealClosedLost, handlers.stop_lost, HANDOVER),
    on(DEALS.events, DealReopened, handlers.stop_reopened, HANDOVER),
    on(DEALS.events, DealReassigned, handlers.follow_account, HANDOVER),
    on(DEALS.events, DealContactAdded, handlers.take_contact, HANDOVER),
    on(FEEDBACK.events, DetractorRaised, handlers.follow_up_detractor, HANDOVER),
    on(ONBOARDING.commands, AcceptHandover, handlers.accept_handover, HANDOVER, needs_person=True),
    on(ONBOARDING.commands, ReturnHandover, handlers.return_handover, HANDOVER, mentions=_who_asks, needs_person=True),
    on(ONBOARDING.commands, CompleteStep, handlers.complete_step, HANDOVER),
    on(ONBOARDING.commands, BookKickoff, handlers.book_kickoff, HANDOVER),
    on(ONBOARDING.commands, HoldKickoff, handlers.hold_kickoff, HANDOVER, mentions=_who_asks),
    on(ONBOARDING.private, StepDue, handlers.raise_step, HANDOVER),
    on(ONBOARDING.private, KickoffBookingDue, handlers.raise_booking, HANDOVER),
    on(ONBOARDING.private, KickoffHoldingDue, handlers.raise_holding, HANDOVER),
    on(ONBOARDING.private, PackageDue, handlers.raise_package, HANDOVER),
    *COPY_COLLEAGUES,
)
