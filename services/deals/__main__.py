"""Run the deals service: `python -m services.deals`."""

from chassis.run import run
from services.deals.app import SERVICE

run(SERVICE)
