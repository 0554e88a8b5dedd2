"""The business of a sale: the deal, the close gate, what an import changes, and the errors that say no."""

from services.deals.domain import facts
from services.deals.domain.closing import lose, win
from services.deals.domain.deal import Deal, Loss, Outcome, PackageScore, Win
from services.deals.domain.errors import (
    DealExists,
    DealIsClosed,
    DealNotClosed,
    DealUnknown,
    ExportDisagrees,
    NotReadyToClose,
    TooManyContacts,
)
from services.deals.domain.gate import unmet
from services.deals.domain.imported import ImportedRow

__all__ = [
    "Deal",
    "DealExists",
    "DealIsClosed",
    "DealNotClosed",
    "DealUnknown",
    "ExportDisagrees",
    "ImportedRow",
    "Loss",
    "NotReadyToClose",
    "Outcome",
    "PackageScore",
    "TooManyContacts",
    "Win",
    "facts",
    "lose",
    "unmet",
    "win",
]
