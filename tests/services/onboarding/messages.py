"""What the deals and feedback services tell of one deal, as their topics carry it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.deals import (
    Condition,
    DealClosedWon,
    DealReopened,
    DealStageMoved,
    Package,
    PackageSubmitted,
    Waiver,
)
from contracts.feedback import DetractorRaised
from tests.services.onboarding.given import ACME, BUYER, CHAMPION, FULL, sealed


@dataclass(frozen=True)
class Sale:
    """One deal, and its events."""

    deal_id: str

    def _about(self, cycle: int) -> dict[str, Any]:
        return {"deal_id": self.deal_id, "account_id": "acme", "cycle": cycle}

    def moved(self, stage: str = "negotiation", cycle: int = 1) -> DealStageMoved:
        """It came to a stage."""
        return DealStageMoved(**self._about(cycle), from_stage="engaging", to_stage=stage, owner_id="rep", account=ACME)

    def submitted(self, version: int = 1, package: Package = FULL) -> PackageSubmitted:
        """Sales handed in a version of the package."""
        return PackageSubmitted(**self._about(1), package_version=version, package=package, submitted_by="rep")

    def won(self, cycle: int = 1, score: int = 100, closed_on: date | None = None) -> DealClosedWon:
        """It was won, today unless told otherwise."""
        return DealClosedWon(
            **self._about(cycle),
            account=ACME,
            owner_id="rep",
            closed_on=closed_on or datetime.now(UTC).date(),
            contacts=(CHAMPION, BUYER),
            package_version=1,
            package_score=score,
        )

    def won_long_ago(self) -> DealClosedWon:
        """It was won years ago and came with an import that waived everything."""
        now = datetime.now(UTC)
        waivers = tuple(Waiver(condition=condition, by="dana", reason=sealed("closed before Baton"), at=now) for condition in Condition)
        old = self.won(closed_on=now.date() - timedelta(days=3000))
        return old.model_copy(update={"waivers": waivers, "package_version": None, "package_score": None})

    def reopened(self) -> DealReopened:
        """It was opened again."""
        now = datetime.now(UTC)
        return DealReopened(**self._about(2), reopened_by="dana", reason=sealed("wrong entity"), was="won", stage="engaging", at=now)

    def unhappy(self) -> DetractorRaised:
        """A customer's person is not happy."""
        return DetractorRaised(**self._about(1), survey_id="survey-1", respondent_id="p1", score=2)
