"""The messages of the onboarding service."""

from contracts.onboarding.commands import *  # noqa: F403
from contracts.onboarding.events import *  # noqa: F403
