"""The messages of the feedback service."""

from contracts.feedback.commands import *  # noqa: F403
from contracts.feedback.events import *  # noqa: F403
from contracts.feedback.private import *  # noqa: F403
