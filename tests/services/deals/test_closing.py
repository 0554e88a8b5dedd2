"""Won, lost, reopened: through the gate and by whom."""

from datetime import date

import pytest

from chassis.decision import Decision, Forbidden, Invalid, PersonUnknown
from contracts.deals import (
    CloseDeal,
    CloseRefused,
    Condition,
    ContractTerms,
    DealClosedLost,
    DealClosedWon,
    LoseDeal,
    LossReason,
    LossStatement,
    MoveStage,
)
from contracts.values import ContactRef, Money
from services.deals.domain import Deal, DealIsClosed, DealUnknown, NotReadyToClose
from services.deals.handlers import close_deal, lose_deal, move_stage
from tests.deciding import NOW, verified
from tests.services.deals.given import (
    CONFIRMABLE,
    DANA,
    DAY,
    MANAGER,
    OPERATOR,
    REP,
    SALES_REP,
    a_deal,
    a_lost_deal,
    a_ready_deal,
    a_won_deal,
    asked_by,
    confirmed,
    read,
    scored,
    waive,
)

CLOSE = CloseDeal(deal_id="deal-1", closed_on=DAY)
EIGHT = tuple(enumerate((reason for reason in LossReason if reason is not LossReason.NOT_RECORDED), 78))
"""The rows of the requirements and the reasons of seed 000, in the same order."""
PRICED = LossStatement(reason=LossReason.PRICE, details="Ada found it dear")


def the_win(decision: Decision[Deal] | None) -> DealClosedWon:
    """The one event of a decision that won a deal."""
    assert decision is not None
    (event,) = decision.events
    assert isinstance(event, DealClosedWon)
    return event


@pytest.mark.requirement("R1")
@pytest.mark.requirement("R2")
@pytest.mark.requirement("R3")
def test_a_ready_deal_is_won_with_its_whole_record() -> None:
    terms, price = ContractTerms(starts_on=DAY, months=12), Money(amount_minor=100, currency="USD")
    contacts = (ContactRef(person_id="ada", role="champion"),)
    command = CloseDeal(deal_id="deal-1", closed_on=DAY, notes="learn from this one")
    won = the_win(close_deal(a_ready_deal(terms=terms, price=price, contacts=contacts), command, asked_by(SALES_REP)))
    assert (won.closed_on, won.terms, won.price, won.contacts) == (DAY, terms, price, contacts)
    assert (won.confirmations, won.waivers) == (confirmed(*CONFIRMABLE), ())
    assert (won.package_version, won.package_score, won.cycle, won.owner_id) == (1, 90, 1, "rep")
    assert read(REP, won.notes) == "learn from this one"


def test_a_deal_without_a_closing_day_closes_on_the_day_of_the_message() -> None:
    assert the_win(close_deal(a_ready_deal(), CloseDeal(deal_id="deal-1"), asked_by())).closed_on == date(2026, 3, 2)


def test_a_deal_cannot_close_before_it_was_opened() -> None:
    with pytest.raises(Invalid) as refused:
        close_deal(a_ready_deal(opened_on=date(2026, 2, 28)), CLOSE, asked_by())
    assert refused.value.field == "closed_on"


@pytest.mark.requirement("R1")
def test_a_premature_close_is_refused_with_what_is_missing_to_the_caller_and_as_an_event() -> None:
    deal = a_deal(confirmations=confirmed(Condition.CONTRACT), package_version=1, package_scores=(scored(55, gaps=("goals",)),))
    with pytest.raises(NotReadyToClose) as refused:
        close_deal(deal, CLOSE, asked_by(SALES_REP))
    assert (refused.value.status, refused.value.code) == (409, "not_ready_to_close")
    assert [(missing["condition"], missing["code"]) for missing in refused.value.problem["missing"]] == [
        ("legal", "missing"),
        ("finance", "missing"),
        ("package", "incomplete"),
    ]
    event = refused.value.event
    assert isinstance(event, CloseRefused)
    assert (event.deal_id, event.account_id, event.cycle, event.requested_by) == ("deal-1", "acme", 1, "rep")
    assert event.missing[2].gaps == ("goals",)


@pytest.mark.requirement("R1")
def test_a_move_to_won_meets_the_same_gate() -> None:
    move = MoveStage(deal_id="deal-1", stage="won")
    with pytest.raises(NotReadyToClose):
        move_stage(a_deal(), move, asked_by(SALES_REP))
    assert the_win(move_stage(a_ready_deal(), move, asked_by(SALES_REP))).closed_on == NOW.date()


@pytest.mark.requirement("R1")
def test_a_move_to_won_takes_waivers_and_no_other_move_does() -> None:
    won = the_win(move_stage(a_deal(), MoveStage(deal_id="deal-1", stage="won", waivers=waive()), asked_by(MANAGER)))
    assert len(won.waivers) == 4
    with pytest.raises(Invalid) as refused:
        move_stage(a_deal(), MoveStage(deal_id="deal-1", stage="proposal", waivers=waive()), asked_by(MANAGER))
    assert refused.value.field == "waivers"


@pytest.mark.requirement("R1")
def test_a_role_that_may_move_a_deal_and_not_close_it_cannot_move_it_to_won() -> None:
    with pytest.raises(Forbidden):
        move_stage(a_ready_deal(), MoveStage(deal_id="deal-1", stage="won"), asked_by(verified("dev", "sdr")))


def test_a_won_deal_won_again_is_nothing_to_do() -> None:
    assert close_deal(a_won_deal(), CLOSE, asked_by()) is None
    assert move_stage(a_won_deal(), MoveStage(deal_id="deal-1", stage="won"), asked_by()) is None


def test_a_lost_deal_has_to_be_reopened_before_it_is_won() -> None:
    with pytest.raises(DealIsClosed):
        close_deal(a_lost_deal(), CLOSE, asked_by())


def test_an_unknown_deal_cannot_be_closed() -> None:
    with pytest.raises(DealUnknown):
        close_deal(None, CLOSE, asked_by())
    with pytest.raises(DealUnknown):
        lose_deal(None, LoseDeal(deal_id="deal-1", reasons=(PRICED,)), asked_by(SALES_REP))


@pytest.mark.requirement("R1")
def test_a_waiver_travels_with_the_win_its_reason_sealed_under_the_waiving_persons_key() -> None:
    deal = a_ready_deal(confirmations=confirmed(Condition.CONTRACT, Condition.FINANCE))
    won = the_win(close_deal(deal, CloseDeal(deal_id="deal-1", waivers=waive(Condition.LEGAL)), asked_by(MANAGER)))
    (waiver,) = won.waivers
    assert (waiver.condition, waiver.by, waiver.at) == (Condition.LEGAL, "dana", NOW)
    assert read(DANA, waiver.reason) == "closed before Baton"
    assert "before Baton" not in won.model_dump_json()


@pytest.mark.requirement("R1")
def test_a_waiver_of_what_is_met_does_not_travel() -> None:
    assert the_win(close_deal(a_ready_deal(), CloseDeal(deal_id="deal-1", waivers=waive()), asked_by(MANAGER))).waivers == ()


@pytest.mark.requirement("R1")
def test_the_score_travels_even_where_the_package_is_waived() -> None:
    deal = a_ready_deal(package_version=2, package_scores=(scored(40, version=2),))
    won = the_win(close_deal(deal, CloseDeal(deal_id="deal-1", waivers=waive(Condition.PACKAGE)), asked_by(MANAGER)))
    assert (won.package_version, won.package_score) == (2, 40)


def test_without_a_token_nobody_can_waive() -> None:
    with pytest.raises(Forbidden):
        close_deal(a_deal(), CloseDeal(deal_id="deal-1", waivers=waive()), asked_by())


def test_a_role_that_the_policy_does_not_list_cannot_waive() -> None:
    with pytest.raises(Forbidden, match="sales_manager"):
        close_deal(a_deal(), CloseDeal(deal_id="deal-1", waivers=waive()), asked_by(SALES_REP))


def test_only_an_operator_waives_in_another_persons_name() -> None:
    command = CloseDeal(deal_id="deal-1", waivers=waive(by="dana"))
    other = verified("rep", "sales_manager")
    with pytest.raises(Forbidden):
        close_deal(a_deal(), command, asked_by(other))
    won = the_win(close_deal(a_deal(), command, asked_by(OPERATOR)))
    assert {waiver.by for waiver in won.waivers} == {"dana"}
    assert read(DANA, won.waivers[0].reason) == "closed before Baton"


def test_a_waiver_in_the_name_of_somebody_unknown_is_refused() -> None:
    with pytest.raises(PersonUnknown):
        close_deal(a_deal(), CloseDeal(deal_id="deal-1", waivers=waive(by="nobody")), asked_by(OPERATOR))


def test_a_condition_is_waived_once() -> None:
    with pytest.raises(Invalid) as refused:
        close_deal(a_deal(), CloseDeal(deal_id="deal-1", waivers=waive(Condition.LEGAL, Condition.LEGAL)), asked_by(MANAGER))
    assert refused.value.field == "waivers"


@pytest.mark.requirement("R3")
@pytest.mark.requirement("R78")
def test_a_loss_tells_its_reasons_with_sealed_details() -> None:
    command = LoseDeal(deal_id="deal-1", reasons=(PRICED, LossStatement(reason=LossReason.TIMING)), closed_on=DAY)
    decision = lose_deal(a_deal(), command, asked_by(SALES_REP))
    assert decision is not None
    (event,) = decision.events
    assert isinstance(event, DealClosedLost)
    assert [detail.reason for detail in event.reasons] == [LossReason.PRICE, LossReason.TIMING]
    assert read(REP, event.reasons[0].details) == "Ada found it dear"
    assert (event.closed_on, event.account.account_id, event.owner_id) == (DAY, "acme", "rep")


@pytest.mark.parametrize("reason", [pytest.param(reason, marks=pytest.mark.requirement(f"R{row}")) for row, reason in EIGHT])
def test_each_of_the_eight_reasons_can_be_told_without_a_token_where_no_details_are(reason: LossReason) -> None:
    assert lose_deal(a_deal(), LoseDeal(deal_id="deal-1", reasons=(LossStatement(reason=reason),)), asked_by()) is not None


def test_a_loss_needs_a_reason_that_is_one() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        LoseDeal(deal_id="deal-1", reasons=())
    with pytest.raises(Invalid) as refused:
        lose_deal(a_deal(), LoseDeal(deal_id="deal-1", reasons=(LossStatement(reason=LossReason.NOT_RECORDED),)), asked_by())
    assert refused.value.field == "reasons"


def test_a_reason_is_told_once() -> None:
    with pytest.raises(Invalid):
        lose_deal(a_deal(), LoseDeal(deal_id="deal-1", reasons=(PRICED, PRICED)), asked_by(SALES_REP))


def test_details_of_a_loss_need_a_named_person() -> None:
    with pytest.raises(Forbidden):
        lose_deal(a_deal(), LoseDeal(deal_id="deal-1", reasons=(PRICED,)), asked_by())


def test_a_loss_told_again_is_nothing_to_do_and_for_other_reasons_refused() -> None:
    assert lose_deal(a_lost_deal(), LoseDeal(deal_id="deal-1", reasons=(PRICED,)), asked_by(SALES_REP)) is None
    with pytest.raises(DealIsClosed):
        lose_deal(a_lost_deal(), LoseDeal(deal_id="deal-1", reasons=(LossStatement(reason=LossReason.TIMING),)), asked_by())


def test_a_won_deal_cannot_be_lost() -> None:
    with pytest.raises(DealIsClosed):
        lose_deal(a_won_deal(), LoseDeal(deal_id="deal-1", reasons=(PRICED,)), asked_by(SALES_REP))
