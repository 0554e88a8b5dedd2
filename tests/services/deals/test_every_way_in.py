"""No sequence of commands leads around the close gate (R1), and none leaves a deal half-changed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.decision import DomainError
from contracts.deals import (
    CloseDeal,
    Condition,
    ConfirmFinance,
    ConfirmLegal,
    DealClosedLost,
    DealClosedWon,
    DealReopened,
    LoseDeal,
    LossReason,
    LossStatement,
    MoveStage,
    OpenDeal,
    PackageContent,
    ReopenDeal,
    SignContract,
    SubmitPackage,
)
from contracts.message import Message
from contracts.onboarding import PackageScored
from services.deals import handlers
from services.deals.domain import Deal, Outcome
from services.deals.store import DEAL
from services.deals.subscriptions import LINES
from tests.services.deals.given import ACME, DAY, MANAGER, OPERATOR, a_row, asked_by, waive

THRESHOLD = 80
Way = tuple[Callable[..., Any], Message]


def a_score(version: int, score: int) -> PackageScored:
    """A score of some version, in time or not."""
    return PackageScored(deal_id="deal-1", account_id="acme", cycle=1, package_version=version, score=score, threshold=THRESHOLD)


waivers = st.sampled_from([(), waive(Condition.PACKAGE), waive(Condition.LEGAL, Condition.CONTRACT), waive()])
outcomes = st.sampled_from(["open", "won", "lost"])
ways: st.SearchStrategy[Way] = st.one_of(
    st.just((handlers.open_deal, OpenDeal(deal_id="deal-1", account=ACME, owner_id="rep"))),
    st.just((handlers.sign_contract, SignContract(deal_id="deal-1"))),
    st.just((handlers.confirm_legal, ConfirmLegal(deal_id="deal-1"))),
    st.just((handlers.confirm_finance, ConfirmFinance(deal_id="deal-1"))),
    st.just((handlers.submit_package, SubmitPackage(deal_id="deal-1", package=PackageContent()))),
    st.builds(lambda v, s: (handlers.record_score, a_score(v, s)), st.integers(1, 3), st.sampled_from([40, 79, 80, 100])),
    st.builds(lambda w: (handlers.close_deal, CloseDeal(deal_id="deal-1", waivers=w)), waivers),
    st.builds(lambda w: (handlers.move_stage, MoveStage(deal_id="deal-1", stage="won", waivers=w)), waivers),
    st.just((handlers.lose_deal, LoseDeal(deal_id="deal-1", reasons=(LossStatement(reason=LossReason.PRICE),)))),
    st.just((handlers.reopen_deal, ReopenDeal(deal_id="deal-1", reason="again"))),
    st.builds(
        lambda o, w, n: (handlers.import_deal, a_row(outcome=o, waivers=w, closed_on=DAY, row_hash=f"hash-{n:04}")),
        outcomes,
        waivers,
        st.integers(1, 3),
    ),
)


def follow(steps: list[Way], operator: bool) -> tuple[Deal | None, list[Message]]:
    """The deal after the steps, refused ones left out, and everything that was told."""
    deal, told = None, list[Message]()
    for number, (decide, message) in enumerate(steps):
        try:
            decision = decide(deal, message, asked_by(OPERATOR if operator else MANAGER, message_id=f"message-{number}"))
        except DomainError:
            continue
        if decision is not None:
            deal, told = decision.state, [*told, *decision.events]
    return deal, told


@pytest.mark.requirement("R1")
@settings(max_examples=300)
@given(st.lists(ways, max_size=25), st.booleans())
def test_whatever_is_asked_in_whatever_order_a_win_has_all_four_conditions_met_or_waived(steps: list[Way], operator: bool) -> None:
    """Every `DealClosedWon` that any sequence of commands brings about shows, for each condition, a confirmation of the deal, a package
    scored at or above the threshold, or a waiver by a named person."""
    for event in follow(steps, operator)[1]:
        if isinstance(event, DealClosedWon):
            shown = {confirmation.condition for confirmation in event.confirmations} | {waiver.condition for waiver in event.waivers}
            if event.package_version is not None and event.package_score is not None and event.package_score >= THRESHOLD:
                shown.add(Condition.PACKAGE)
            assert shown == set(Condition)


@pytest.mark.requirement("D1")
@settings(max_examples=300)
@given(st.lists(ways, max_size=25))
def test_between_two_closes_of_a_deal_there_is_a_reopening_and_its_cycle_is_one_higher(steps: list[Way]) -> None:
    deal, told = follow(steps, operator=True)
    closed, cycle = False, 1
    for event in told:
        if isinstance(event, DealClosedWon | DealClosedLost):
            assert (closed, event.cycle) == (False, cycle)
            closed = True
        elif isinstance(event, DealReopened):
            assert (closed, event.cycle) == (True, cycle + 1)
            closed, cycle = False, event.cycle
    if deal is not None:
        assert (deal.outcome is not Outcome.OPEN, deal.cycle) == (closed, cycle)
        assert (deal.won is not None, deal.lost is not None) == (deal.outcome is Outcome.WON, deal.outcome is Outcome.LOST)


@settings(max_examples=100)
@given(st.lists(ways, max_size=15))
def test_a_deal_is_stored_and_read_back_as_it_was(steps: list[Way]) -> None:
    deal, _ = follow(steps, operator=True)
    if deal is not None:
        assert DEAL.decode(DEAL.encode(deal), DEAL.schema) == deal


@given(st.lists(ways, max_size=15))
def test_the_same_steps_decide_the_same(steps: list[Way]) -> None:
    assert follow(steps, operator=True) == follow(steps, operator=True)


def test_every_line_that_can_win_a_deal_is_among_the_ways_tried_here() -> None:
    """A new command that could close a deal has to be added above: this names those that take waivers or an outcome."""
    closing = {line.decide for line in LINES if {"waivers", "outcome"} & line.message.model_fields.keys()}
    assert closing == {handlers.close_deal, handlers.move_stage, handlers.import_deal}
