"""The messages of the deals service."""

from contracts.deals.commands import *  # noqa: F403
from contracts.deals.events import *  # noqa: F403
from contracts.deals.values import *  # noqa: F403
