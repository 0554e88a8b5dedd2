"""The contents page of deals: one line per topic and message, and what decides on it."""

from chassis.line import Line, offer, on
from chassis.people import COPY_COLLEAGUES, CUSTOMERS, ErasePerson, RecordCustomerPerson, erase_customer, record_customer
from contracts.deals import (
    AddContact,
    CloseDeal,
    ConfirmFinance,
    ConfirmLegal,
    ImportDeal,
    LoseDeal,
    MoveStage,
    OpenDeal,
    RecordBuyingReason,
    ReopenDeal,
    SetTerms,
    SignContract,
    SubmitPackage,
)
from contracts.message import Command
from contracts.onboarding import PackageScored
from contracts.topics import DEALS, ONBOARDING
from services.deals import handlers
from services.deals.store import DEAL


def _who_waives(command: CloseDeal | MoveStage | ImportDeal) -> list[str]:
    return [waiver.by for waiver in command.waivers if waiver.by]


def _who_asks(command: Command) -> list[str]:
    """Nobody besides the caller, whose record is always there when a line mentions people: text is sealed under their key."""
    return []


def _whom(command: AddContact) -> list[str]:
    return [command.contact.person_id]


LINES: tuple[Line, ...] = (
    on(DEALS.commands, OpenDeal, handlers.open_deal, DEAL),
    on(DEALS.commands, MoveStage, handlers.move_stage, DEAL, mentions=_who_waives),
    on(DEALS.commands, SignContract, handlers.sign_contract, DEAL),
    on(DEALS.commands, ConfirmLegal, handlers.confirm_legal, DEAL),
    on(DEALS.commands, ConfirmFinance, handlers.confirm_finance, DEAL),
    on(DEALS.commands, AddContact, handlers.add_contact, DEAL, mentions=_whom),
    on(DEALS.commands, RecordBuyingReason, handlers.record_buying_reason, DEAL, mentions=_who_asks),
    on(DEALS.commands, SetTerms, handlers.set_terms, DEAL),
    on(DEALS.commands, SubmitPackage, handlers.submit_package, DEAL, mentions=_who_asks),
    on(DEALS.commands, CloseDeal, handlers.close_deal, DEAL, mentions=_who_waives),
    on(DEALS.commands, LoseDeal, handlers.lose_deal, DEAL, mentions=_who_asks),
    on(DEALS.commands, ReopenDeal, handlers.reopen_deal, DEAL, mentions=_who_asks, needs_person=True),
    on(DEALS.commands, ImportDeal, handlers.import_deal, DEAL, mentions=_who_waives),
    on(ONBOARDING.events, PackageScored, handlers.record_score, DEAL),
    offer(RecordCustomerPerson, record_customer, CUSTOMERS),
    offer(ErasePerson, erase_customer, CUSTOMERS),
    *COPY_COLLEAGUES,
)
