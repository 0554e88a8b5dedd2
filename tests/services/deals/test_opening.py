"""Opening a deal and moving its stage."""

from datetime import date

import pytest

from chassis.decision import Forbidden, Invalid
from contracts.deals import DealOpened, DealStageMoved, MoveStage, OpenDeal
from contracts.values import Money
from services.deals.domain import DealExists, DealIsClosed, DealUnknown
from services.deals.handlers import move_stage, open_deal
from tests.deciding import verified
from tests.services.deals.given import ACME, SALES_REP, TEAM, a_deal, a_lost_deal, a_won_deal, asked_by

OPEN = OpenDeal(deal_id="deal-1", account=ACME, owner_id="rep", team=TEAM, price=Money(amount_minor=5, currency="EUR"))


def test_a_deal_opens_at_the_policys_default_stage_on_the_day_of_the_message() -> None:
    decision = open_deal(None, OPEN, asked_by(SALES_REP))
    assert decision is not None
    deal = decision.state
    assert deal is not None
    assert (deal.stage, deal.opened_on, deal.cycle, deal.outcome) == ("prospecting", date(2026, 3, 2), 1, "open")
    (event,) = decision.events
    assert event == DealOpened(
        deal_id="deal-1",
        account_id="acme",
        cycle=1,
        account=ACME,
        stage="prospecting",
        owner_id="rep",
        team=TEAM,
        price=OPEN.price,
        opened_on=date(2026, 3, 2),
    )


def test_a_deal_opens_at_the_stage_that_is_asked_for() -> None:
    decision = open_deal(None, OPEN.model_copy(update={"stage": "proposal"}), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.stage == "proposal"


def test_opening_the_same_deal_again_is_nothing_to_do() -> None:
    decision = open_deal(None, OPEN, asked_by())
    assert decision is not None
    assert open_deal(decision.state, OPEN, asked_by()) is None


def test_opening_another_deal_under_a_known_id_is_refused() -> None:
    with pytest.raises(DealExists):
        open_deal(a_deal(owner_id="somebody-else"), OPEN, asked_by())


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("stage", ["won", "lost", "no_such_stage"])
def test_a_deal_cannot_be_opened_at_a_stage_that_is_not_listed_least_of_all_won(stage: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_deal(None, OPEN.model_copy(update={"stage": stage}), asked_by())
    assert refused.value.field == "stage"


def test_a_token_without_one_of_the_policys_roles_cannot_open_a_deal() -> None:
    with pytest.raises(Forbidden, match="sales_rep"):
        open_deal(None, OPEN, asked_by(verified("csm-1", "csm")))


def test_an_operator_may_open_a_deal() -> None:
    assert open_deal(None, OPEN, asked_by(verified("ops", "operator"))) is not None


def test_a_move_tells_both_stages() -> None:
    decision = move_stage(a_deal(), MoveStage(deal_id="deal-1", stage="negotiation"), asked_by(SALES_REP))
    assert decision is not None
    assert decision.state == a_deal(stage="negotiation")
    (event,) = decision.events
    assert isinstance(event, DealStageMoved)
    assert (event.from_stage, event.to_stage, event.owner_id, event.team) == ("prospecting", "negotiation", "rep", TEAM)


def test_a_move_to_where_the_deal_is_is_nothing_to_do() -> None:
    assert move_stage(a_deal(), MoveStage(deal_id="deal-1", stage="prospecting"), asked_by()) is None


@pytest.mark.parametrize("stage", ["lost", "open", "signed"])
def test_a_move_to_an_unknown_stage_names_the_field_and_the_stages(stage: str) -> None:
    with pytest.raises(Invalid, match="prospecting") as refused:
        move_stage(a_deal(), MoveStage(deal_id="deal-1", stage=stage), asked_by())
    assert refused.value.field == "stage"


def test_a_closed_deal_does_not_move() -> None:
    for deal in (a_won_deal(), a_lost_deal()):
        with pytest.raises(DealIsClosed):
            move_stage(deal, MoveStage(deal_id="deal-1", stage="proposal"), asked_by())


def test_a_deal_that_nobody_opened_cannot_move() -> None:
    with pytest.raises(DealUnknown):
        move_stage(None, MoveStage(deal_id="deal-1", stage="proposal"), asked_by())
