"""The contract is signed; legal and finance confirm: who said so, and when."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import Condition, Confirmation, ConfirmFinance, ConfirmLegal, SignContract
from services.deals.domain import Deal, facts
from services.deals.handlers.permission import known, permit
from services.deals.policy import DealsPolicy


def sign_contract(deal: Deal | None, command: SignContract, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """The contract is signed, by the customer's signatory if named. Raises: DealIsClosed."""
    permit(context, context.policy.permissions.sign_contract)
    return _confirm(known(deal, command.deal_id), Condition.CONTRACT, context, signed_by=command.signed_by)


def confirm_legal(deal: Deal | None, command: ConfirmLegal, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """Legal confirms. Raises: DealIsClosed."""
    permit(context, context.policy.permissions.confirm_legal)
    return _confirm(known(deal, command.deal_id), Condition.LEGAL, context)


def confirm_finance(deal: Deal | None, command: ConfirmFinance, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """Finance confirms. Raises: DealIsClosed."""
    permit(context, context.policy.permissions.confirm_finance)
    return _confirm(known(deal, command.deal_id), Condition.FINANCE, context)


def _confirm(deal: Deal, condition: Condition, context: Context[DealsPolicy], signed_by: str | None = None) -> Decision[Deal] | None:
    confirmation = Confirmation(condition=condition, by=context.actor.id, at=context.now, signed_by=signed_by)
    confirmed = deal.confirm(confirmation)
    return None if confirmed is deal else Decision(confirmed, events=[facts.confirmed(confirmed)])
