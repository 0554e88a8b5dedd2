"""The close gate (R1), as a function and by its property: won if and only if each of the four conditions is met or waived."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.deals import Condition, Waiver
from contracts.values import SealedText
from services.deals.domain import Deal, NotReadyToClose, Outcome, PackageScore, unmet, win
from tests.services.deals.given import CONFIRMABLE, EARLIER, a_deal, a_ready_deal, confirmed, scored

pytestmark = pytest.mark.requirement("R1")
REASON = SealedText(person_id="dana", sealed="c2VhbGVk")


def waived(conditions: Iterable[Condition]) -> tuple[Waiver, ...]:
    """Waivers by Dana."""
    return tuple(Waiver(condition=condition, by="dana", reason=REASON, at=EARLIER) for condition in conditions)


def codes(deal: Deal) -> dict[str, str]:
    """What the gate finds, by condition."""
    return {missing.condition: missing.code for missing in unmet(deal)}


def test_a_new_deal_lacks_all_four_conditions() -> None:
    assert codes(a_deal()) == dict.fromkeys(["contract", "legal", "finance", "package"], "missing")


def test_a_deal_with_all_four_lacks_nothing() -> None:
    assert unmet(a_ready_deal()) == ()


def test_a_package_without_a_score_is_score_pending() -> None:
    assert codes(a_ready_deal(package_scores=())) == {"package": "score_pending"}


def test_only_the_score_of_the_latest_version_counts() -> None:
    deal = a_ready_deal(package_version=2, package_scores=(scored(95, version=3),))
    assert codes(deal) == {"package": "score_pending"}


def test_a_package_below_the_threshold_is_incomplete_and_its_gaps_are_named() -> None:
    (missing,) = unmet(a_ready_deal(package_scores=(scored(55, gaps=("goals", "stakeholders")),)))
    assert (missing.condition, missing.code, missing.gaps) == (Condition.PACKAGE, "incomplete", ("goals", "stakeholders"))
    assert missing.detail == "version 1 of the package scores 55 of 100, 80 are needed"


def test_a_package_at_the_threshold_is_complete_enough() -> None:
    assert unmet(a_ready_deal(package_scores=(scored(80, threshold=80),))) == ()


def test_a_waiver_sets_aside_its_own_condition_and_no_other() -> None:
    found = unmet(a_deal(), waived([Condition.LEGAL]))
    assert {missing.condition for missing in found} == {Condition.CONTRACT, Condition.FINANCE, Condition.PACKAGE}


scores = st.builds(
    PackageScore,
    version=st.integers(1, 4),
    score=st.integers(0, 100),
    threshold=st.integers(0, 100),
    gaps=st.sampled_from([(), ("goals",)]),
)
deals = st.builds(
    lambda conditions, version, known: a_deal(
        confirmations=confirmed(*conditions), package_version=version, package_scores=tuple({s.version: s for s in known}.values())
    ),
    st.sets(st.sampled_from(CONFIRMABLE)),
    st.integers(0, 4),
    st.lists(scores, max_size=3),
)


@given(deals, st.sets(st.sampled_from(list(Condition))))
def test_a_deal_is_won_exactly_if_each_condition_is_met_or_waived(deal: Deal, set_aside: set[Condition]) -> None:
    """Whatever the deal has and whatever is waived: `win` yields a won deal if and only if all four conditions are met or waived."""
    latest = {score.version: score for score in deal.package_scores}.get(deal.package_version)
    met = {confirmation.condition for confirmation in deal.confirmations}
    if deal.package_version and latest is not None and latest.score >= latest.threshold:
        met.add(Condition.PACKAGE)
    lacking = set(Condition) - met - set_aside
    if lacking:
        with pytest.raises(NotReadyToClose) as refused:
            win(deal, by="rep", at=EARLIER, waivers=waived(set_aside))
        assert {missing["condition"] for missing in refused.value.problem["missing"]} == lacking
    else:
        won = win(deal, by="rep", at=EARLIER, waivers=waived(set_aside))
        assert won.outcome is Outcome.WON
        assert won.won is not None
        assert {waiver.condition for waiver in won.won.waivers} == set_aside - met


@given(deals)
def test_the_gate_finds_each_condition_at_most_once_and_gives_the_same_answer_twice(deal: Deal) -> None:
    found = [missing.condition for missing in unmet(deal)]
    assert len(found) == len(set(found))
    assert unmet(deal) == unmet(deal)


@given(deals, st.sets(st.sampled_from(list(Condition))))
def test_one_waiver_more_never_makes_more_conditions_missing(deal: Deal, set_aside: set[Condition]) -> None:
    assert set(unmet(deal, waived(set_aside))) <= set(unmet(deal))
