"""A win, and a win reopened: every department of the policy hears of it with what it needs (R64, D1)."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import DealClosedWon, DealReassigned, DealReopened
from contracts.notifications import Substance
from services.notifications.domain import Kind, KnownDeal
from services.notifications.handlers.telling import Telling
from services.notifications.handlers.win_facts import needed
from services.notifications.policy import NotificationsPolicy


def tell_of_win(deal: KnownDeal | None, won: DealClosedWon, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """Each department learns what the policy says it needs. A win that was reopened before it got here is nobody's news."""
    deal = deal or KnownDeal(deal_id=won.deal_id)
    if deal.is_over(won.cycle):
        return None
    telling = Telling(won.deal_id, won.account_id, Kind.DEAL_WON, context)
    return telling.tell(deal.won(won, context.policy.owner_role), needed(won, context.policy.wins))


def note_new_owner(deal: KnownDeal | None, event: DealReassigned, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """A won deal has other people: what comes from now on goes to them. Who they were in a cycle that is over is nobody's news."""
    return None if deal is None or deal.is_over(event.cycle) else Decision(deal.reassigned(event, context.policy.owner_role))


def tell_of_reopening(deal: KnownDeal | None, reopened: DealReopened, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """Those who learned of the win learn that it is open again; not of a reopening that a later cycle has overtaken."""
    deal = deal or KnownDeal(deal_id=reopened.deal_id)
    if reopened.was != "won" or deal.is_over(reopened.cycle):
        return None
    facts = {"account": deal.account_name} if deal.account_name else {}
    substance = Substance(facts=facts, people={"reopened_by": (reopened.reopened_by,)}, sealed={"reason": reopened.reason})
    telling = Telling(reopened.deal_id, reopened.account_id, Kind.DEAL_REOPENED, context)
    return telling.tell(deal.reopened(reopened), dict.fromkeys(context.policy.wins, substance))
