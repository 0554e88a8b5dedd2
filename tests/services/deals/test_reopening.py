"""A closed deal opened again: a new cycle, by a named person, with a reason (D1)."""

import pytest

from chassis.decision import Decision, Forbidden, Invalid
from contracts.deals import CloseDeal, Condition, ConfirmLegal, DealReopened, ReopenDeal
from contracts.values import ContactRef
from services.deals.domain import Deal, DealNotClosed, DealUnknown, NotReadyToClose, Outcome, unmet
from services.deals.handlers import close_deal, confirm_legal, reopen_deal
from tests.deciding import NOW
from tests.services.deals.given import (
    DANA,
    MANAGER,
    SALES_REP,
    a_deal,
    a_lost_deal,
    a_won_deal,
    asked_by,
    read,
)

pytestmark = pytest.mark.requirement("D1")
REOPEN = ReopenDeal(deal_id="deal-1", reason="signed by the wrong entity")


def reopened(decision: Decision[Deal]) -> Deal:
    """The deal of a decision that reopened it."""
    assert decision.state is not None
    return decision.state


def test_a_won_deal_is_reopened_as_a_new_cycle_by_a_named_person_with_a_reason() -> None:
    decision = reopen_deal(a_won_deal(), REOPEN, asked_by(MANAGER))
    (event,) = decision.events
    assert isinstance(event, DealReopened)
    assert (event.cycle, event.was, event.reopened_by, event.at, event.stage) == (2, "won", "dana", NOW, "negotiation")
    assert read(DANA, event.reason) == "signed by the wrong entity"
    deal = reopened(decision)
    assert (deal.cycle, deal.outcome, deal.stage, deal.won) == (2, Outcome.OPEN, "negotiation", None)


def test_a_lost_deal_is_reopened_at_the_stage_that_is_asked_for() -> None:
    decision = reopen_deal(a_lost_deal(), ReopenDeal(deal_id="deal-1", reason="budget came", stage="proposal"), asked_by(MANAGER))
    (event,) = decision.events
    assert isinstance(event, DealReopened)
    assert (event.cycle, event.was, event.stage) == (2, "lost", "proposal")
    assert reopened(decision).lost is None


def test_confirmations_have_to_be_given_again_while_the_rest_goes_on() -> None:
    """A new cycle is a new promise: signature, legal and finance count for the cycle they were given in, and for no other."""
    contacts = (ContactRef(person_id="ada", role="champion"),)
    deal = reopened(reopen_deal(a_won_deal(contacts=contacts), REOPEN, asked_by(MANAGER)))
    assert {missing.condition for missing in unmet(deal)} == {Condition.CONTRACT, Condition.LEGAL, Condition.FINANCE}
    assert (deal.contacts, deal.package_version, deal.package_score) == (contacts, 1, a_won_deal().package_score)
    assert confirm_legal(deal, ConfirmLegal(deal_id="deal-1"), asked_by()) is not None
    with pytest.raises(NotReadyToClose):
        close_deal(deal, CloseDeal(deal_id="deal-1"), asked_by())


@pytest.mark.requirement("R2")
def test_how_the_earlier_cycle_ended_is_kept() -> None:
    won = a_won_deal()
    (row,) = reopen_deal(won, REOPEN, asked_by(MANAGER)).rows
    assert won.won is not None
    assert (row.collection, row.id) == ("past_cycles", "deal-1:1")
    assert row.content["won"] == won.won.model_dump(mode="json")
    assert len(row.content["confirmations"]) == 3


def test_an_open_deal_cannot_be_reopened() -> None:
    with pytest.raises(DealNotClosed):
        reopen_deal(a_deal(), REOPEN, asked_by(MANAGER))


def test_nobody_reopens_without_a_token_or_without_the_role() -> None:
    for actor in (None, SALES_REP):
        with pytest.raises(Forbidden):
            reopen_deal(a_won_deal(), REOPEN, asked_by(actor))


def test_a_deal_is_not_reopened_at_a_stage_that_is_not_listed() -> None:
    with pytest.raises(Invalid) as refused:
        reopen_deal(a_won_deal(), ReopenDeal(deal_id="deal-1", reason="again", stage="won"), asked_by(MANAGER))
    assert refused.value.field == "stage"


def test_an_unknown_deal_cannot_be_reopened() -> None:
    with pytest.raises(DealUnknown):
        reopen_deal(None, REOPEN, asked_by(MANAGER))
