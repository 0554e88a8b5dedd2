"""The kick-off is booked, moved and held (R44)."""

from chassis.context import Context
from chassis.decision import Decision, Invalid, Row
from contracts.onboarding import BookKickoff, HoldKickoff
from services.onboarding.domain import Handover, facts
from services.onboarding.domain.rows import KICKOFF_NOTES
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.permission import known, permit
from services.onboarding.policy import OnboardingPolicy


def book_kickoff(handover: Handover | None, command: BookKickoff, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The kick-off has a time, or another one; the same time again is nothing to do.

    Raises:
        RoleNotAllowed, HandoverUnknown, HandoverNotRunning, KickoffAlreadyHeld.
        Invalid: the time is past.
    """
    rules = context.policy.kickoff
    permit(context, rules.roles)
    handover = known(handover, command.deal_id)
    booked = handover.book_kickoff(command.at, context.actor.id, context.now, rules.minutes)
    if booked is handover:
        return None
    if command.at < context.now - rules.clocks_apart:
        raise Invalid("the time of the kick-off is past", field="at")
    return decided(handover, booked, context, [facts.kickoff_booked(booked, command.at, context.actor.id)])


def hold_kickoff(handover: Handover | None, command: HoldKickoff, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The kick-off took place, booked or not; its notes are sealed under the key of the person who writes them.

    Raises:
        RoleNotAllowed, HandoverUnknown, HandoverNotRunning, HandoverNotOpen, KickoffAlreadyHeld.
        Invalid: it has not taken place yet.
        Forbidden: it has notes, and nobody in particular sends them.
    """
    permit(context, context.policy.kickoff.roles)
    handover = known(handover, command.deal_id)
    held = handover.hold_kickoff(command.held_at, context.actor.id)
    if held is handover:
        return None
    if command.held_at > context.now + context.policy.kickoff.clocks_apart:
        raise Invalid("a kick-off cannot be held before its time has come", field="held_at")
    notes = None if command.notes is None else context.seal(context.named_person(), command.notes)
    event = facts.kickoff_held(held, command.held_at, context.actor.id, notes)
    rows = [Row(KICKOFF_NOTES, f"{held.deal_id}:{held.cycle}", event.model_dump(mode="json"))] if notes else []
    return decided(handover, held, context, [event], rows)
