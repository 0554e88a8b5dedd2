"""Versions of the handover package and their scores, whatever order they come in."""

from itertools import permutations
from typing import Any

import pytest

from chassis.decision import Forbidden
from contracts.deals import Condition, PackageContent, PackageSubmitted, PromiseKind, PromiseRequest, SubmitPackage
from contracts.onboarding import Gap, PackageScored
from contracts.values import ContactRef, SealedText
from services.deals.domain import Deal, DealIsClosed, DealUnknown, unmet
from services.deals.handlers import record_score, submit_package
from tests.services.deals.given import REP, SALES_REP, a_deal, a_lost_deal, a_ready_deal, a_won_deal, asked_by, read, scored

pytestmark = pytest.mark.requirement("R26")
CONTENT = PackageContent(
    pain_points=("slow month end",),
    goals=("close in two days", "fewer tools"),
    stakeholders=(ContactRef(person_id="ada", role="champion"),),
    expectations=("a weekly call",),
    roi_analysis="pays back in a year",
    requests=("single sign-on",),
    promises=(PromiseRequest(kind=PromiseKind.SOW, text="migration by May", owner_id="rep"),),
    perceptions="tough negotiator",
    solution_document="https://documents.example.com/osd",
)
SUBMIT = SubmitPackage(deal_id="deal-1", package=CONTENT)


def a_score(version: int, score: int = 90, **fields: Any) -> PackageScored:
    """What onboarding says of a version."""
    return PackageScored(deal_id="deal-1", account_id="acme", cycle=1, package_version=version, score=score, threshold=80, **fields)


def test_a_package_is_handed_in_with_every_text_sealed_under_its_writers_key() -> None:
    decision = submit_package(a_deal(), SUBMIT, asked_by(SALES_REP))
    (event,) = decision.events
    assert isinstance(event, PackageSubmitted)
    package = event.package
    assert (event.package_version, event.submitted_by, package.stakeholders) == (1, "rep", CONTENT.stakeholders)
    assert [read(REP, text) for text in (*package.pain_points, *package.goals, *package.expectations, *package.requests)] == [
        "slow month end",
        "close in two days",
        "fewer tools",
        "a weekly call",
        "single sign-on",
    ]
    assert (read(REP, package.roi_analysis), read(REP, package.perceptions)) == ("pays back in a year", "tough negotiator")
    assert (package.promises[0].kind, read(REP, package.promises[0].text)) == (PromiseKind.SOW, "migration by May")
    assert package.solution_document == CONTENT.solution_document


@pytest.mark.requirement("R4")
def test_a_package_carries_the_deals_buying_reason_and_definition_of_success() -> None:
    reason, success = SealedText(person_id="rep", sealed="YQ=="), SealedText(person_id="rep", sealed="Yg==")
    decision = submit_package(a_deal(buying_reason=reason, success_definition=success), SUBMIT, asked_by(SALES_REP))
    (event,) = decision.events
    assert isinstance(event, PackageSubmitted)
    assert (event.package.buying_reason, event.package.success_definition) == (reason, success)


def test_every_version_is_kept_apart_from_the_deal() -> None:
    decision = submit_package(a_deal(package_version=4), SUBMIT, asked_by(SALES_REP))
    (row,) = decision.rows
    assert (row.collection, row.id, row.content["package_version"], row.content["submitted_by"]) == ("packages", "deal-1:5", 5, "rep")
    assert decision.state is not None
    assert len(decision.state.model_dump_json()) < 1000


def test_a_new_version_waits_for_its_own_score() -> None:
    decision = submit_package(a_ready_deal(), SUBMIT, asked_by(SALES_REP))
    assert decision.state is not None
    assert [(missing.condition, missing.code) for missing in unmet(decision.state)] == [(Condition.PACKAGE, "score_pending")]


def test_a_package_of_text_needs_a_named_person_and_an_empty_one_does_not() -> None:
    with pytest.raises(Forbidden):
        submit_package(a_deal(), SUBMIT, asked_by())
    assert submit_package(a_deal(), SubmitPackage(deal_id="deal-1", package=PackageContent()), asked_by()).events


def test_a_won_deals_package_can_be_bettered_and_a_lost_ones_cannot() -> None:
    decision = submit_package(a_won_deal(), SUBMIT, asked_by(SALES_REP))
    assert decision.state is not None
    assert (decision.state.outcome, decision.state.package_version) == ("won", 2)
    with pytest.raises(DealIsClosed):
        submit_package(a_lost_deal(), SUBMIT, asked_by(SALES_REP))


@pytest.mark.requirement("R1")
def test_a_score_of_the_latest_version_opens_the_gate() -> None:
    decision = record_score(a_ready_deal(package_scores=()), a_score(1), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert unmet(decision.state) == ()
    assert decision.events == ()


def test_a_score_names_its_gaps_once_each() -> None:
    gaps = (Gap(section="goals", detail="none", weight=10), Gap(section="goals", detail="thin", weight=5))
    decision = record_score(a_deal(package_version=1), a_score(1, 40, gaps=gaps), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.package_scores == (scored(40, gaps=("goals",)),)


def test_the_same_score_again_is_nothing_to_do() -> None:
    assert record_score(a_ready_deal(), a_score(1), asked_by()) is None


def test_a_version_scored_anew_takes_the_later_score() -> None:
    decision = record_score(a_ready_deal(), a_score(1, 60), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert [missing.code for missing in unmet(decision.state)] == ["incomplete"]


def test_an_older_versions_score_is_nothing_to_do() -> None:
    assert record_score(a_deal(package_version=3), a_score(2), asked_by()) is None


def test_a_score_that_comes_before_its_version_is_kept_for_it() -> None:
    decision = record_score(a_ready_deal(), a_score(2, 85), asked_by())
    assert decision is not None
    assert decision.state is not None
    assert unmet(decision.state) == ()
    handed_in = decision.state.hand_in_package()
    assert handed_in.package_score == scored(85, version=2)


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_scores_in_any_order_leave_the_latest_versions_score(order: tuple[int, ...]) -> None:
    deal: Deal | None = a_deal(package_version=3)
    for version in order:
        decision = record_score(deal, a_score(version, 70 + version), asked_by())
        deal = decision.state if decision else deal
    assert deal is not None
    assert deal.package_score == scored(73, version=3)


def test_scores_far_ahead_do_not_pile_up() -> None:
    deal: Deal = a_deal(package_version=1)
    for version in range(1, 50):
        decision = record_score(deal, a_score(version), asked_by())
        assert decision is not None
        assert decision.state is not None
        deal = decision.state
    assert len(deal.package_scores) == 2


def test_a_score_of_a_deal_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DealUnknown):
        record_score(None, a_score(1), asked_by())
