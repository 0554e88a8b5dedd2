"""The business of a handover: the handover itself, the package's score, the letters of a step, and the errors that say no."""

from services.onboarding.domain import facts
from services.onboarding.domain.errors import (
    HandoverAlreadyAccepted,
    HandoverAlreadyReturned,
    HandoverNotOpen,
    HandoverNotRunning,
    HandoverUnknown,
    KickoffAlreadyHeld,
    PackageMovedOn,
    RoleNotAllowed,
    StepUnknown,
)
from services.onboarding.domain.handover import Handover
from services.onboarding.domain.parts import Acceptance, FollowUp, Kickoff, PackageScore, Return, State, StepDone, Win
from services.onboarding.domain.raci import Raci
from services.onboarding.domain.scoring import SectionRule, score

__all__ = [
    "Acceptance",
    "FollowUp",
    "Handover",
    "HandoverAlreadyAccepted",
    "HandoverAlreadyReturned",
    "HandoverNotOpen",
    "HandoverNotRunning",
    "HandoverUnknown",
    "Kickoff",
    "KickoffAlreadyHeld",
    "PackageMovedOn",
    "PackageScore",
    "Raci",
    "Return",
    "RoleNotAllowed",
    "SectionRule",
    "State",
    "StepDone",
    "StepUnknown",
    "Win",
    "facts",
    "score",
]
