"""The deciders of notifications, one module per use case. Each is pure: the state or None, the message, its context; a decision or None."""

from services.notifications.handlers.directory import assign_account_team, erase_colleague, record_colleague
from services.notifications.handlers.emails import forget_email, queue_email, record_attempt, resend_email
from services.notifications.handlers.handovers import (
    tell_of_follow_up,
    tell_of_late_kickoff,
    tell_of_late_package,
    tell_of_late_step,
    tell_of_return,
    tell_of_step,
)
from services.notifications.handlers.recipients import mark_read, notify_recipient, send_digest, set_preferences
from services.notifications.handlers.refusing import refusal
from services.notifications.handlers.surveys import tell_of_detractor, tell_of_survey
from services.notifications.handlers.wins import note_new_owner, tell_of_reopening, tell_of_win

__all__ = [
    "assign_account_team",
    "erase_colleague",
    "forget_email",
    "mark_read",
    "note_new_owner",
    "notify_recipient",
    "queue_email",
    "record_attempt",
    "record_colleague",
    "refusal",
    "resend_email",
    "send_digest",
    "set_preferences",
    "tell_of_detractor",
    "tell_of_follow_up",
    "tell_of_late_kickoff",
    "tell_of_late_package",
    "tell_of_late_step",
    "tell_of_reopening",
    "tell_of_return",
    "tell_of_step",
    "tell_of_survey",
    "tell_of_win",
]
