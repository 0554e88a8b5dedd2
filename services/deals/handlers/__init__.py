"""The deciders of deals, one module per use case. Each is pure: the state or None, the message, its context; a decision or None."""

from services.deals.handlers.agreeing import add_contact, record_buying_reason, set_terms
from services.deals.handlers.closing import close_deal, lose_deal, reopen_deal
from services.deals.handlers.confirming import confirm_finance, confirm_legal, sign_contract
from services.deals.handlers.importing import import_deal
from services.deals.handlers.opening import move_stage, open_deal
from services.deals.handlers.packaging import record_score, submit_package
from services.deals.handlers.refusing import refusal

__all__ = [
    "add_contact",
    "close_deal",
    "confirm_finance",
    "confirm_legal",
    "import_deal",
    "lose_deal",
    "move_stage",
    "open_deal",
    "record_buying_reason",
    "record_score",
    "refusal",
    "reopen_deal",
    "set_terms",
    "sign_contract",
    "submit_package",
]
