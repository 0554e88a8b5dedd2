"""The package's score: points of 100, named gaps, and more content never earns less (R26)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.deals import Package
from contracts.onboarding import PackageScored
from contracts.values import ContactRef
from services.onboarding import handlers
from services.onboarding.domain import State, score
from services.onboarding.domain.scoring import entries
from tests.services.onboarding.given import (
    CHAMPION,
    FULL,
    POLICY,
    THIN,
    THRESHOLD,
    a_prepared_handover,
    a_returned_handover,
    after,
    an_open_handover,
    asked_by,
    one,
    reopened,
    sealed,
    submitted,
    told,
)

RULES = POLICY.package.sections


def many(section: str, n: int) -> tuple[Any, ...]:
    """So many entries of a section."""
    if section == "stakeholders":
        return tuple(ContactRef(person_id=f"p{i}", role="champion") for i in range(n))
    return getattr(FULL, section)[:1] * n if section == "promises" else tuple(sealed(f"entry {i}") for i in range(n))


def content(section: str, default: Any) -> st.SearchStrategy[Any]:
    """A section with up to three entries, or a text that is there or not."""
    return st.integers(0, 3).map(lambda n: many(section, n)) if default == () else st.sampled_from([None, getattr(FULL, section)])


def amount(value: Any) -> int:
    """How much there is of a section."""
    return len(value) if isinstance(value, tuple) else int(value is not None)


contents = st.fixed_dictionaries({name: content(name, field.default) for name, field in Package.model_fields.items()})


@pytest.mark.requirement("R26")
def test_a_full_package_scores_100_without_gaps_and_an_empty_one_0_with_every_section_named() -> None:
    assert score(FULL, RULES) == (100, ())
    points, gaps = score(Package(), RULES)
    assert (points, [gap.section for gap in gaps]) == (0, [rule.section for rule in RULES])
    assert all(gap.detail.endswith(": missing") for gap in gaps)


@pytest.mark.requirement("R31")
def test_one_significant_person_of_two_earns_half_the_points_and_the_gap_says_so() -> None:
    points, gaps = score(FULL.model_copy(update={"stakeholders": (CHAMPION,)}), RULES)
    assert [(gap.section, gap.detail, gap.weight) for gap in gaps] == [("stakeholders", "Significant people: 1 of at least 2", 8)]
    assert points == 92


@pytest.mark.requirement("R31")
def test_a_person_in_two_roles_is_one_significant_person() -> None:
    twice = (CHAMPION, ContactRef(person_id=CHAMPION.person_id, role="power_user"))
    assert entries(FULL.model_copy(update={"stakeholders": twice}), "stakeholders") == 1


@pytest.mark.requirement("R26")
@pytest.mark.requirement("R32")
@pytest.mark.requirement("R33")
@pytest.mark.requirement("R35")
@pytest.mark.parametrize("section", Package.model_fields)
def test_each_section_left_out_is_a_gap_of_its_own_and_costs_its_weight(section: str) -> None:
    points, gaps = score(FULL.model_copy(update={section: Package.model_fields[section].default}), RULES)
    (weight,) = [rule.weight for rule in RULES if rule.section == section]
    assert (points, [(gap.section, gap.weight) for gap in gaps]) == (100 - weight, [(section, weight)])


@pytest.mark.requirement("R26")
@settings(deadline=None)
@given(contents)
def test_a_score_is_between_0_and_100_and_is_what_the_gaps_leave(content: dict[str, Any]) -> None:
    points, gaps = score(Package(**content), RULES)
    assert 0 <= points <= 100
    assert points == 100 - sum(gap.weight for gap in gaps)


@pytest.mark.requirement("R26")
@settings(deadline=None)
@given(contents, contents)
def test_more_content_never_earns_less(one_content: dict[str, Any], other: dict[str, Any]) -> None:
    """The score is monotone: a package that has at least as much in every section scores at least as much."""
    more = {name: max(one_content[name], other[name], key=amount) for name in one_content}
    assert score(Package(**more), RULES)[0] >= max(score(Package(**one_content), RULES)[0], score(Package(**other), RULES)[0])


@pytest.mark.requirement("R26")
def test_a_package_is_scored_before_anything_was_prepared_and_the_score_names_the_threshold() -> None:
    """Topics race: a package may come before preparation and before the win, and the close gate gets its score all the same."""
    decision = handlers.score_package(None, submitted(THIN, version=1), asked_by())
    scored = one(decision, PackageScored)
    assert (scored.package_version, scored.score, scored.threshold, scored.cycle) == (1, 22, THRESHOLD, 1)
    assert scored.gaps
    assert after(decision).state is State.EXPECTED


@pytest.mark.requirement("R26")
def test_a_package_is_scored_during_preparation_and_after_the_win_too() -> None:
    for handover in (a_prepared_handover(), an_open_handover()):
        decision = handlers.score_package(handover, submitted(version=2), asked_by())
        assert (told(decision), after(decision).state) == (["PackageScored"], handover.state)


@pytest.mark.requirement("R26")
def test_a_version_that_is_not_newer_than_the_last_one_scored_is_nothing_to_do() -> None:
    scored = after(handlers.score_package(None, submitted(version=2), asked_by()))
    assert handlers.score_package(scored, submitted(version=2), asked_by()) is None
    assert handlers.score_package(scored, submitted(version=1), asked_by()) is None


@pytest.mark.requirement("R26")
def test_a_better_version_opens_a_returned_handover_again_and_its_deadline_is_met() -> None:
    decision = handlers.score_package(a_returned_handover(), submitted(version=2), asked_by())
    assert decision is not None
    assert (told(decision), after(decision).state) == (["PackageScored"], State.OPEN)
    assert list(decision.cancel) == ["package"]


def test_a_thin_version_leaves_a_returned_handover_returned() -> None:
    decision = handlers.score_package(a_returned_handover(), submitted(THIN, version=2), asked_by())
    assert (told(decision), after(decision).state) == (["PackageScored"], State.RETURNED)


@pytest.mark.requirement("D1")
def test_a_late_package_of_a_cycle_that_is_over_is_scored_for_the_gate_and_opens_nothing() -> None:
    """Versions go on counting over a reopening, and the gate of the new cycle waits for the score of the latest one."""
    stopped = after(handlers.stop_reopened(a_returned_handover(), reopened(), asked_by()))
    decision = handlers.score_package(stopped, submitted(version=2), asked_by())
    assert (told(decision), after(decision).state) == (["PackageScored"], State.STOPPED)
