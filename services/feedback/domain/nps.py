"""The Net Promoter Score: its groups, its value, and its confidence interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

PROMOTER_FROM, DETRACTOR_TO = 9, 6
"""The score's definition (Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003): promoters
answer 9 or 10, detractors 0 to 6."""
HALVINGS = 60
"""Steps of the search for a bound, enough for the precision of a float between −1 and 1."""


def is_detractor(score: int) -> bool:
    """Whether an answer, 0 to 10, asks for a follow-up."""
    return score <= DETRACTOR_TO


@dataclass(frozen=True)
class Tally:
    """Answers by group."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @classmethod
    def of(cls, answers: Mapping[int, int]) -> "Tally":
        """The tally of answers that are counted by score, 0 to 10."""
        promoters = sum(count for score, count in answers.items() if score >= PROMOTER_FROM)
        detractors = sum(count for score, count in answers.items() if is_detractor(score))
        return cls(promoters, sum(answers.values()) - promoters - detractors, detractors)

    @property
    def n(self) -> int:
        """How many answered."""
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> float | None:
        """100 · (promoters − detractors) / n, −100 to 100; None when nobody answered."""
        return 100 * (self.promoters - self.detractors) / self.n if self.n else None

    def interval(self, level: float) -> tuple[float, float] | None:
        """The confidence interval of the score at `level` (0.95: nineteen times in twenty), −100 to 100; None when nobody answered.

        The score is the difference of two proportions of one sample, as in paired data, and the interval holds every difference
        that the score test does not reject: T. Tango, "Equivalence test and confidence interval for the difference in
        proportions for the paired-sample design", Statistics in Medicine 17 (1998), 891–908. B. Rocks, "Interval Estimation for
        the 'Net Promoter Score'", The American Statistician 70 (2016), 365–372, finds it among the best at small n. Unlike a Wald
        interval it stays within −100 to 100, has a width where all answers agree, and always contains the score.
        """
        if not self.n:
            return None
        z = NormalDist().inv_cdf((1 + level) / 2)
        estimate = (self.promoters - self.detractors) / self.n
        low = _edge(estimate, -1.0, lambda difference: self._deviation(difference) <= z)
        high = _edge(estimate, 1.0, lambda difference: -self._deviation(difference) <= z)
        return 100 * low, 100 * high

    def _deviation(self, difference: float) -> float:
        """The score statistic: how many standard errors the sample lies above a true difference, strictly within −1 and 1."""
        n, p, d = self.n, self.promoters, self.detractors
        b = (2 * n - p + d) * difference - p - d
        c = -d * difference * (1 - difference)
        # The share of detractors that is likeliest if the difference is the true one.
        share = (sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * share + difference * (1 - difference))
        distance = p - d - n * difference
        return distance / sqrt(variance) if variance > 0 else 0.0 if distance == 0 else float("inf") * distance


def _edge(inside: float, limit: float, accepted: Callable[[float], bool]) -> float:
    """The last accepted value on the way from `inside` to `limit`, by halving."""
    if inside == limit:
        return limit
    outside = limit
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if accepted(middle):
            inside = middle
        else:
            outside = middle
    return outside
