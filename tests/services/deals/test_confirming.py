"""Contract signature, legal and finance confirmations: who and when, once, and not after the close."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.decision import Forbidden
from contracts.deals import Condition, Confirmation, ConfirmFinance, ConfirmLegal, DealConditionMet, SignContract
from services.deals.domain import DealIsClosed, DealUnknown, win
from services.deals.handlers import confirm_finance, confirm_legal, sign_contract
from tests.deciding import NOW, verified
from tests.services.deals.given import EARLIER, SALES_REP, a_deal, a_lost_deal, a_ready_deal, a_won_deal, asked_by, confirmed
from tests.services.deals.test_gate import waived

pytestmark = [pytest.mark.requirement("R1"), pytest.mark.requirement("R2")]
EACH = pytest.mark.parametrize(
    ("decide", "command", "condition", "role"),
    [
        (sign_contract, SignContract(deal_id="deal-1"), Condition.CONTRACT, "sales_rep"),
        (confirm_legal, ConfirmLegal(deal_id="deal-1"), Condition.LEGAL, "legal"),
        (confirm_finance, ConfirmFinance(deal_id="deal-1"), Condition.FINANCE, "finance"),
    ],
)
Decide = Callable[..., Any]


@EACH
def test_a_confirmation_records_who_and_when(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    decision = decide(a_deal(), command, asked_by(verified("somebody", role)))
    given = Confirmation(condition=condition, by="somebody", at=NOW)
    assert decision.state == a_deal(confirmations=(given,))
    assert decision.events == [DealConditionMet(deal_id="deal-1", account_id="acme", cycle=1, confirmation=given)]


@EACH
def test_confirming_twice_is_nothing_to_do_even_after_the_close(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    assert decide(a_deal(confirmations=confirmed(condition)), command, asked_by()) is None
    assert decide(a_won_deal(), command, asked_by()) is None


@EACH
def test_what_was_waived_cannot_be_confirmed_after_the_win(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    """What a deal was won on stays as it was: after the close no confirmation is added."""
    others = tuple(c for c in a_ready_deal().confirmations if c.condition != condition)
    won = win(a_ready_deal(confirmations=others), by="rep", at=EARLIER, waivers=waived([condition]))
    with pytest.raises(DealIsClosed):
        decide(won, command, asked_by())


@EACH
def test_a_lost_deal_cannot_be_confirmed(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    with pytest.raises(DealIsClosed):
        decide(a_lost_deal(), command, asked_by())


@EACH
def test_a_token_needs_a_role_that_may_confirm(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    with pytest.raises(Forbidden):
        decide(a_deal(), command, asked_by(verified("somebody", "csm")))


@EACH
def test_an_unknown_deal_cannot_be_confirmed(decide: Decide, command: Any, condition: Condition, role: str) -> None:
    with pytest.raises(DealUnknown):
        decide(None, command, asked_by())


def test_a_command_without_a_token_is_recorded_as_its_source_claims() -> None:
    decision = confirm_legal(a_deal(), ConfirmLegal(deal_id="deal-1"), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.confirmations[0].by == "/tests"


def test_the_customers_signatory_stands_in_the_record() -> None:
    decision = sign_contract(a_deal(), SignContract(deal_id="deal-1", signed_by="their-ceo"), asked_by(SALES_REP))
    assert decision is not None
    (event,) = decision.events
    assert isinstance(event, DealConditionMet)
    assert (event.confirmation.by, event.confirmation.signed_by, event.confirmation.at) == ("rep", "their-ceo", NOW)
