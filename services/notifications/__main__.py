"""Run the notifications service: `python -m services.notifications`."""

from chassis.run import run
from services.notifications.app import SERVICE

run(SERVICE)
