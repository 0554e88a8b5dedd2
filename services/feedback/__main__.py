"""Run the feedback service: `python -m services.feedback`."""

from chassis.run import run
from services.feedback.app import SERVICE

run(SERVICE)
