"""The Net Promoter Score and its interval, held against published figures and against what an interval must be."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain import Tally

pytestmark = pytest.mark.requirement("R73")
TALLIES = st.builds(Tally, *(st.integers(0, 3000),) * 3).filter(lambda tally: tally.n > 0)
SMALL = st.tuples(*(st.integers(0, 999),) * 3).map(sorted).map(lambda c: Tally(c[0], c[1] - c[0], c[2] - c[1])).filter(lambda t: t.n > 0)
"""Every tally of fewer than a thousand answers."""
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def interval(tally: Tally, level: float = 0.95) -> tuple[float, float]:
    """The interval of a tally that has answers."""
    found = tally.interval(level)
    assert found is not None
    return found


def test_there_is_no_figure_on_no_answers() -> None:
    assert (Tally().n, Tally().nps, Tally().interval(0.95)) == (0, None, None)


def test_promoters_answer_9_or_10_and_detractors_0_to_6() -> None:
    assert Tally.of(dict.fromkeys(range(11), 1)) == Tally(promoters=2, passives=2, detractors=7)
    assert Tally.of({9: 3, 10: 1, 7: 2, 0: 2}) == Tally(promoters=4, passives=2, detractors=2)
    assert Tally(promoters=4, passives=2, detractors=2).nps == 25.0


@pytest.mark.parametrize(
    ("tally", "low", "high"),
    [
        # Fagerland, Lydersen and Laake, "Recommended tests and confidence intervals for paired binomial proportions",
        # Statistics in Medicine 33 (2014): 1 against 7 of 21, Tango's interval.
        (Tally(1, 13, 7), -51.7, -2.6),
        # All passive: the bound is z²/(n + z²), which follows from the statistic by hand.
        (Tally(0, 5, 0), -100 * 3.8415 / 8.8415, 100 * 3.8415 / 8.8415),
        # One promoter: the bound is (1 − z²)/(1 + z²).
        (Tally(1, 0, 0), 100 * (1 - 3.8415) / 4.8415, 100.0),
    ],
)
def test_the_interval_agrees_with_published_and_hand_reckoned_figures(tally: Tally, low: float, high: float) -> None:
    assert interval(tally) == pytest.approx((low, high), abs=0.05)


@given(TALLIES, LEVELS)
def test_the_interval_stays_within_the_scale_and_contains_the_score(tally: Tally, level: float) -> None:
    low, high = interval(tally, level)
    assert tally.nps is not None
    assert -100 <= low <= tally.nps <= high <= 100
    assert low < high


@given(TALLIES, st.integers(2, 5), LEVELS)
def test_the_interval_narrows_as_more_people_answer_alike(tally: Tally, times: int, level: float) -> None:
    low, high = interval(tally, level)
    more = interval(Tally(tally.promoters * times, tally.passives * times, tally.detractors * times), level)
    assert low - 1e-9 <= more[0]
    assert more[1] <= high + 1e-9
    assert more[1] - more[0] < high - low


@given(TALLIES, LEVELS)
def test_promoters_and_detractors_are_treated_alike(tally: Tally, level: float) -> None:
    low, high = interval(tally, level)
    assert interval(Tally(tally.detractors, tally.passives, tally.promoters), level) == pytest.approx((-high, -low), abs=1e-6)


@given(SMALL)
def test_a_higher_level_gives_a_wider_interval(tally: Tally) -> None:
    narrow, wide = interval(tally, 0.8), interval(tally, 0.99)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize(("promoters", "detractors"), [(0.5, 0.2), (0.3, 0.3), (0.1, 0.6), (0.9, 0.05)])
def test_the_interval_holds_the_true_score_about_as_often_as_it_says(n: int, promoters: float, detractors: float) -> None:
    """Over every sample that n people can give, weighted by its probability: 0.95 means 0.95, within what a discrete sample allows."""
    covered = 0.0
    for p in range(n + 1):
        for d in range(n + 1 - p):
            chance = comb(n, p) * comb(n - p, d) * promoters**p * detractors**d * (1 - promoters - detractors) ** (n - p - d)
            low, high = interval(Tally(p, n - p - d, d))
            covered += chance * (low <= 100 * (promoters - detractors) <= high)
    assert 0.89 < covered <= 1
