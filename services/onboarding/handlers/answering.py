"""The receiver accepts the package, or returns it with reasons (R26)."""

from collections.abc import Iterable

from chassis.context import Context
from chassis.decision import Decision, Invalid
from contracts.onboarding import AcceptHandover, Gap, ReturnHandover
from services.onboarding.domain import Handover, facts
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.permission import known, permit
from services.onboarding.handlers.returning import give_back
from services.onboarding.policy import OnboardingPolicy


def accept_handover(handover: Handover | None, command: AcceptHandover, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The package is accepted by a named person; accepted before is nothing to do.

    Raises:
        Forbidden: no token, or none of the policy's roles.
        HandoverUnknown, HandoverNotOpen, HandoverNotRunning, HandoverAlreadyReturned, PackageMovedOn.
    """
    person = context.named_person()
    permit(context, context.policy.accept_roles)
    handover = known(handover, command.deal_id)
    accepted = handover.accept(person, context.now, command.package_version)
    return None if accepted is handover else decided(handover, accepted, context, [facts.accepted(accepted)])


def return_handover(handover: Handover | None, command: ReturnHandover, context: Context[OnboardingPolicy]) -> Decision[Handover]:
    """The package goes back to sales, with the reason sealed under the key of the person who returns it.

    Raises:
        Forbidden: no token, or none of the policy's roles.
        Invalid: a section that no package has.
        HandoverUnknown, HandoverNotOpen, HandoverNotRunning, HandoverAlreadyAccepted, HandoverAlreadyReturned.
    """
    person = context.named_person()
    permit(context, context.policy.return_roles)
    handover = known(handover, command.deal_id)
    found = handover.package.gaps if handover.package else ()
    gaps = (*found, *_asked_for(command.sections, found, context.policy))
    returned, event, row = give_back(handover, person, gaps, context, context.seal(person, command.reason))
    return decided(handover, returned, context, [event], [row])


def _asked_for(sections: Iterable[str], found: Iterable[Gap], policy: OnboardingPolicy) -> Iterable[Gap]:
    """Sections that the receiver names and that are no gap by the score: they cost no points, and something is wrong with them."""
    titles = {rule.section: rule.title for rule in policy.package.sections}
    known_gaps = {gap.section for gap in found}
    for section in dict.fromkeys(sections):
        if section not in titles:
            raise Invalid(f"{section!r} is not a section of the package: {', '.join(titles)}", field="sections")
        if section not in known_gaps:
            yield Gap(section=section, detail=f"{titles[section]}: not enough for the receiver"[:300], weight=0)
