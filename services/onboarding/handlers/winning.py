"""A won deal opens its handover; it is returned at once if the package it was won with is no longer good enough."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import Condition, DealClosedWon
from services.onboarding.domain import Handover, PackageScore, Win, facts
from services.onboarding.domain.handover import BEFORE_THE_WIN, KICKOFF_BOOKING, KICKOFF_HOLDING, step_deadline
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.cycles import is_past, of_event
from services.onboarding.handlers.returning import POLICY, give_back
from services.onboarding.policy import OnboardingPolicy


def open_handover(handover: Handover | None, won: DealClosedWon, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The handover of the win, with the gaps of its package; one prepared before the win is kept.

    A package that was waived at the close is not returned by the policy, whatever it lacks.
    """
    if is_past(handover, won):
        return None
    current = of_event(handover, won, won.account)
    if current.state not in BEFORE_THE_WIN:
        return None
    win, package = _win(won, context), _package(current, won)
    deadlines = _deadlines(context.policy, context.now) if win.deadlines else {}
    opened = current.open(win, package, deadlines)
    gaps = package.gaps if package else context.policy.package.every_gap
    events = [facts.opened(opened, tuple(context.policy.by_step), gaps)]
    if win.waived or (package and package.score >= context.policy.package.threshold):
        return decided(handover, opened, context, events)
    returned, event, row = give_back(opened, POLICY, gaps, context)
    return decided(handover, returned, context, [*events, event], [row])


def _win(won: DealClosedWon, context: Context[OnboardingPolicy]) -> Win:
    age = timedelta(days=(context.now.date() - won.closed_on).days)
    return Win(
        closed_on=won.closed_on,
        at=context.now,
        waived=any(waiver.condition is Condition.PACKAGE for waiver in won.waivers),
        contacts=won.contacts,
        deadlines=age <= context.policy.no_deadlines_after,
    )


def _package(handover: Handover, won: DealClosedWon) -> PackageScore | None:
    """The newest score: the one known here, or the one that the deal was won with."""
    known = handover.package
    if won.package_version is None or won.package_score is None or (known and known.version >= won.package_version):
        return known
    return PackageScore(version=won.package_version, score=won.package_score)


def _deadlines(policy: OnboardingPolicy, at: datetime) -> Mapping[str, datetime]:
    steps = {step_deadline(name): at + step.within for name, step in policy.by_step.items() if step.within is not None}
    return steps | {KICKOFF_BOOKING: at + policy.kickoff.booked_within, KICKOFF_HOLDING: at + policy.kickoff.held_within}
