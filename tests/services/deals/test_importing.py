"""Rows of a CRM export: only what changed on the CRM's side acts, and a won row meets the gate (D2)."""

from datetime import date
from typing import Any

import pytest

from chassis.decision import Decision, Forbidden, Invalid
from contracts.deals import (
    CloseRefused,
    Condition,
    DealClosedLost,
    DealClosedWon,
    DealOpened,
    DealReassigned,
    DealStageMoved,
    DealTermsSet,
    ImportDeal,
    LossReason,
    ReopenDeal,
)
from contracts.values import Money
from services.deals.domain import Deal, ExportDisagrees, NotReadyToClose, Outcome
from services.deals.handlers import import_deal, reopen_deal
from tests.services.deals.given import ACME, DAY, MANAGER, OPERATOR, a_deal, a_lost_deal, a_ready_deal, a_row, a_won_deal, asked_by, waive

pytestmark = pytest.mark.requirement("D2")
WON: dict[str, Any] = {"outcome": "won", "closed_on": DAY, "row_hash": "hash-won-", "waivers": waive(by="dana")}
LOST: dict[str, Any] = {"outcome": "lost", "closed_on": DAY, "row_hash": "hash-lost"}


def imported(deal: Deal | None, row: ImportDeal) -> Decision[Deal]:
    """The decision of an operator's import; it must change something."""
    decision = import_deal(deal, row, asked_by(OPERATOR))
    assert decision is not None
    return decision


def known(row: ImportDeal) -> Deal:
    """The deal that a first import of the row makes."""
    state = imported(None, row).state
    assert state is not None
    return state


def told(decision: Decision[Deal]) -> list[str]:
    """The names of a decision's events."""
    return [type(event).__name__ for event in decision.events]


def test_an_open_row_opens_a_deal_as_the_row_says() -> None:
    decision = imported(None, a_row())
    deal = decision.state
    assert deal is not None
    assert (deal.stage, deal.owner_id, deal.product, deal.opened_on) == ("engaging", "rep", "GTX Pro", date(2026, 1, 5))
    assert told(decision) == ["DealOpened"]


def test_a_row_without_a_stage_or_an_opening_day_takes_the_default_and_invents_no_day() -> None:
    (event,) = imported(None, a_row(stage=None, opened_on=None)).events
    assert isinstance(event, DealOpened)
    assert (event.stage, event.opened_on) == ("prospecting", None)


@pytest.mark.requirement("R1")
def test_a_won_row_opens_and_closes_in_one_decision_with_its_waivers() -> None:
    decision = imported(None, a_row(**WON))
    opened, won = decision.events
    assert isinstance(opened, DealOpened)
    assert isinstance(won, DealClosedWon)
    assert (won.closed_on, won.price, {waiver.condition for waiver in won.waivers}) == (DAY, a_row().price, set(Condition))
    assert {waiver.by for waiver in won.waivers} == {"dana"}
    assert decision.state is not None
    assert decision.state.outcome is Outcome.WON


def test_a_won_row_without_a_closing_day_closes_on_the_day_of_the_message() -> None:
    won = imported(None, a_row(**WON | {"closed_on": None})).events[1]
    assert isinstance(won, DealClosedWon)
    assert won.closed_on == date(2026, 3, 2)


@pytest.mark.requirement("R1")
def test_a_won_row_without_waivers_is_refused_as_a_whole_and_no_deal_comes_into_being() -> None:
    with pytest.raises(NotReadyToClose) as refused:
        import_deal(None, a_row(**WON | {"waivers": ()}), asked_by(OPERATOR))
    event = refused.value.event
    assert isinstance(event, CloseRefused)
    assert (event.deal_id, event.account_id, event.cycle, len(event.missing)) == ("deal-1", "acme", 1, 4)


@pytest.mark.requirement("R1")
def test_one_condition_left_without_a_waiver_is_enough_to_refuse() -> None:
    some = waive(Condition.CONTRACT, Condition.LEGAL, Condition.FINANCE, by="dana")
    with pytest.raises(NotReadyToClose) as refused:
        import_deal(None, a_row(**WON | {"waivers": some}), asked_by(OPERATOR))
    assert [missing["condition"] for missing in refused.value.problem["missing"]] == ["package"]


def test_waivers_of_an_import_need_a_named_person() -> None:
    with pytest.raises(Forbidden):
        import_deal(None, a_row(**WON), asked_by())


def test_a_lost_row_opens_and_closes_with_a_reason_nobody_recorded() -> None:
    decision = imported(None, a_row(**LOST))
    assert told(decision) == ["DealOpened", "DealClosedLost"]
    lost = decision.events[1]
    assert isinstance(lost, DealClosedLost)
    assert ([detail.reason for detail in lost.reasons], lost.closed_on) == ([LossReason.NOT_RECORDED], DAY)


@pytest.mark.parametrize("row", [a_row(), a_row(**WON), a_row(**LOST)])
def test_the_same_row_again_is_nothing_to_do(row: ImportDeal) -> None:
    """However often an export is imported, each row acts once; without its waivers too, for they are not part of the row."""
    assert import_deal(known(row), row, asked_by(OPERATOR)) is None
    assert import_deal(known(row), row.model_copy(update={"waivers": ()}), asked_by()) is None


def test_a_row_that_moved_on_moves_the_deal() -> None:
    decision = imported(known(a_row()), a_row(stage="contracting", row_hash="hash-0002"))
    (event,) = decision.events
    assert isinstance(event, DealStageMoved)
    assert (event.from_stage, event.to_stage) == ("engaging", "contracting")


def test_only_what_changed_on_the_crms_side_acts() -> None:
    """A deal that went on here keeps what was done here, as long as the CRM says nothing new about it."""
    here = known(a_row()).move("negotiation")
    decision = imported(here, a_row(product="GTX Plus", row_hash="hash-0002"))
    assert decision.state is not None
    assert (decision.state.stage, decision.state.product) == ("negotiation", "GTX Plus")
    assert told(decision) == ["DealTermsSet"]


def test_another_owner_or_team_or_account_is_told() -> None:
    decision = imported(known(a_row()), a_row(owner_id="rep-2", team=(), row_hash="hash-0002"))
    assert told(decision) == ["DealReassigned"]
    assert decision.state is not None
    assert (decision.state.owner_id, decision.state.team) == ("rep-2", ())


def test_a_price_that_the_crm_cleared_is_cleared() -> None:
    (event,) = imported(known(a_row()), a_row(price=None, row_hash="hash-0002")).events
    assert isinstance(event, DealTermsSet)
    assert (event.price, event.product) == (None, "GTX Pro")


@pytest.mark.requirement("R1")
def test_a_row_that_became_won_closes_the_deal_through_the_gate() -> None:
    with pytest.raises(NotReadyToClose):
        import_deal(known(a_row()), a_row(**WON | {"waivers": ()}), asked_by(OPERATOR))
    assert told(imported(known(a_row()), a_row(**WON))) == ["DealClosedWon"]


@pytest.mark.requirement("R1")
def test_a_row_that_became_won_needs_no_waiver_where_the_deal_is_ready() -> None:
    won = imported(a_ready_deal(imported=known(a_row()).imported), a_row(**WON | {"waivers": ()})).events[-1]
    assert isinstance(won, DealClosedWon)
    assert won.waivers == ()


def test_a_row_that_became_lost_loses_the_deal() -> None:
    assert told(imported(known(a_row()), a_row(**LOST))) == ["DealClosedLost"]


def test_a_won_row_edited_again_and_again_tells_the_win_once() -> None:
    """Only the change to won fires, however often the record is edited afterwards."""
    deal = known(a_row(**WON))
    for edit in range(3):
        decision = imported(deal, a_row(**WON | {"row_hash": f"hash-{edit:04}", "price": Money(amount_minor=edit, currency="USD")}))
        assert told(decision) == ["DealTermsSet"]
        assert decision.state is not None
        deal = decision.state


@pytest.mark.requirement("D1")
def test_a_deal_reopened_here_is_not_closed_again_by_last_nights_export() -> None:
    row = a_row(**WON)
    reopened = reopen_deal(known(row), ReopenDeal(deal_id="deal-1", reason="wrong entity"), asked_by(MANAGER)).state
    assert import_deal(reopened, row, asked_by(OPERATOR)) is None
    edited = imported(reopened, a_row(**WON | {"row_hash": "hash-0003", "product": "GTX Plus"}))
    assert told(edited) == ["DealTermsSet"]
    assert edited.state is not None
    assert edited.state.outcome is Outcome.OPEN


@pytest.mark.requirement("D1")
def test_a_reopened_deal_follows_the_crm_when_the_row_changes_its_outcome_again() -> None:
    reopened = reopen_deal(known(a_row(**WON)), ReopenDeal(deal_id="deal-1", reason="wrong entity"), asked_by(MANAGER)).state
    back_open = imported(reopened, a_row(row_hash="hash-0004", stage="contracting"))
    assert told(back_open) == ["DealStageMoved"]
    won_again = imported(back_open.state, a_row(**WON | {"row_hash": "hash-0005"})).events[-1]
    assert isinstance(won_again, DealClosedWon)
    assert won_again.cycle == 2


@pytest.mark.parametrize(("first", "then"), [(WON, LOST), (WON, {"outcome": "open"}), (LOST, WON), (LOST, {"outcome": "open"})])
def test_an_export_cannot_undo_a_close_that_needs_a_named_person(first: dict[str, Any], then: dict[str, Any]) -> None:
    """A closed deal opens again by a named person's ReopenDeal only; the row is refused as a whole, and acts once that is done."""
    deal, row = known(a_row(**first)), a_row(**then | {"row_hash": "hash-0009", "owner_id": "rep-2"})
    with pytest.raises(ExportDisagrees):
        import_deal(deal, row, asked_by(OPERATOR))
    reopened = reopen_deal(deal, ReopenDeal(deal_id="deal-1", reason="as in the CRM"), asked_by(MANAGER)).state
    assert imported(reopened, row).state is not None


def test_a_deal_opened_here_takes_over_what_its_first_row_says_and_keeps_the_rest() -> None:
    decision = imported(a_deal(product="GTX Basic"), a_row(product=None, stage=None))
    assert decision.state is not None
    assert (decision.state.product, decision.state.stage, decision.state.price) == ("GTX Basic", "prospecting", a_row().price)


def test_a_first_row_agrees_with_a_deal_that_was_closed_here() -> None:
    assert "DealClosedWon" not in told(imported(a_won_deal(), a_row(**WON)))
    assert "DealClosedLost" not in told(imported(a_lost_deal(), a_row(**LOST)))
    still_open_there = imported(a_won_deal(), a_row())
    assert still_open_there.state is not None
    assert (still_open_there.state.outcome, still_open_there.state.stage) == (Outcome.WON, "prospecting")


def test_a_row_with_a_stage_that_is_not_listed_names_the_field() -> None:
    with pytest.raises(Invalid) as refused:
        import_deal(None, a_row(stage="qualifying"), asked_by(OPERATOR))
    assert refused.value.field == "stage"


def test_a_row_that_closes_before_it_opens_names_the_field() -> None:
    with pytest.raises(Invalid) as refused:
        import_deal(None, a_row(**LOST | {"closed_on": date(2025, 12, 31)}), asked_by(OPERATOR))
    assert refused.value.field == "closed_on"


def test_a_row_of_another_account_moves_the_deal_there() -> None:
    other = ACME.model_copy(update={"account_id": "isdom", "name": "Isdom"})
    (event,) = imported(known(a_row()), a_row(account=other, row_hash="hash-0002")).events
    assert isinstance(event, DealReassigned)
    assert event.account_id == "isdom"
