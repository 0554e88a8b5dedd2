"""The handover that an event of the deals service is about: known or not, of this cycle, of one that is over, or of one that begins."""

from contracts.deals import Account
from contracts.deals.events import DealEvent
from services.onboarding.domain import Handover


def is_past(handover: Handover | None, event: DealEvent) -> bool:
    """Whether the event is of a cycle that is over, so that there is nothing to do."""
    return handover is not None and handover.is_past(event.cycle)


def of_event(handover: Handover | None, event: DealEvent, account: Account | None = None) -> Handover:
    """The handover of the event's cycle. `account`: what the event says of it."""
    if handover is None:
        handover = Handover(deal_id=event.deal_id, account_id=event.account_id, cycle=event.cycle, highest_reopened=event.cycle)
    current = handover.in_cycle(event.cycle)
    return current.of_account(account) if account else current
