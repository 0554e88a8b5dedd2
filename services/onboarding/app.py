"""The composition of the onboarding service."""

from pathlib import Path

from chassis.service import Collection, Service
from contracts.topics import ONBOARDING
from services.onboarding.domain.rows import KICKOFF_NOTES, PAST_HANDOVERS, RETURNS
from services.onboarding.handlers import refusal
from services.onboarding.http import ROUTERS
from services.onboarding.policy import OnboardingPolicy
from services.onboarding.subscriptions import LINES

BY_DEAL = (("deal_id", 1), ("cycle", 1))

SERVICE = Service(
    topics=ONBOARDING,
    lines=LINES,
    policy=(OnboardingPolicy, Path(__file__).with_name("policy.yaml")),
    refusal=refusal,
    routers=ROUTERS,
    collections=(
        Collection(PAST_HANDOVERS, indexes=(BY_DEAL,)),
        Collection(RETURNS, indexes=(BY_DEAL,)),
        Collection(KICKOFF_NOTES),
    ),
)
