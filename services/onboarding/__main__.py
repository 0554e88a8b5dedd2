"""Run the onboarding service: `python -m services.onboarding`."""

from chassis.run import run
from services.onboarding.app import SERVICE

run(SERVICE)
