"""Each version of the handover package is scored as it comes, before preparation, before the win, or after it (R26)."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import PackageSubmitted
from services.onboarding.domain import Handover, PackageScore, facts, score
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.cycles import of_event
from services.onboarding.policy import OnboardingPolicy


def score_package(handover: Handover | None, submitted: PackageSubmitted, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The version's score, for the close gate; a returned handover opens again if the version is good enough.

    Versions go on counting when a deal is reopened, and the gate waits for the score of the latest one: so a package is scored whatever its
    cycle, and only one that is not newer than the last one scored is nothing to do.
    """
    rules = context.policy.package
    points, gaps = score(submitted.package, rules.sections)
    package = PackageScore(version=submitted.package_version, score=points, gaps=gaps)
    if handover and handover.package and handover.package.version >= package.version:
        return None
    current = handover if handover and handover.is_past(submitted.cycle) else of_event(handover, submitted)
    taken = current.scored(package, rules.threshold)
    return decided(handover, taken, context, [facts.scored(taken, package, rules.threshold)])
