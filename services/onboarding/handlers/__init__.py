"""The deciders of onboarding, one module per use case. Each is pure: the state or None, the message, its context; a decision or None."""

from services.onboarding.handlers.answering import accept_handover, return_handover
from services.onboarding.handlers.following import follow_account, follow_up_detractor, take_contact
from services.onboarding.handlers.kicking_off import book_kickoff, hold_kickoff
from services.onboarding.handlers.overdue import raise_booking, raise_holding, raise_package, raise_step
from services.onboarding.handlers.preparing import prepare_at_opening, prepare_at_stage
from services.onboarding.handlers.refusing import refusal
from services.onboarding.handlers.scoring import score_package
from services.onboarding.handlers.stepping import complete_step
from services.onboarding.handlers.stopping import stop_lost, stop_reopened
from services.onboarding.handlers.winning import open_handover

__all__ = [
    "accept_handover",
    "book_kickoff",
    "complete_step",
    "follow_account",
    "follow_up_detractor",
    "hold_kickoff",
    "open_handover",
    "prepare_at_opening",
    "prepare_at_stage",
    "raise_booking",
    "raise_holding",
    "raise_package",
    "raise_step",
    "refusal",
    "return_handover",
    "score_package",
    "stop_lost",
    "stop_reopened",
    "take_contact",
]
