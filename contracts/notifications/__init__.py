"""The messages of the notifications service."""

from contracts.notifications.commands import *  # noqa: F403
from contracts.notifications.events import *  # noqa: F403
from contracts.notifications.private import *  # noqa: F403
