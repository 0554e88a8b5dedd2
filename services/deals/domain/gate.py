"""The close gate (R1): the one function that says what a deal lacks before it may be called won."""

from collections.abc import Iterable

from contracts.deals import Condition, Missing, Waiver
from services.deals.domain.deal import Deal

_CONFIRMED = {
    Condition.CONTRACT: "the contract is not signed",
    Condition.LEGAL: "legal has not confirmed",
    Condition.FINANCE: "finance has not confirmed",
}


def unmet(deal: Deal, waivers: Iterable[Waiver] = ()) -> tuple[Missing, ...]:
    """The conditions that are neither met by the deal nor set aside by a waiver; empty when the deal may be won."""
    waived = {waiver.condition for waiver in waivers}
    found = [
        Missing(condition=condition, code="missing", detail=detail) for condition, detail in _CONFIRMED.items() if not deal.has(condition)
    ]
    if package := _package(deal):
        found.append(package)
    return tuple(missing for missing in found if missing.condition not in waived)


def _package(deal: Deal) -> Missing | None:
    """What the latest version of the handover package lacks."""
    version, score = deal.package_version, deal.package_score
    if version == 0:
        return Missing(condition=Condition.PACKAGE, code="missing", detail="no handover package was submitted")
    if score is None:
        return Missing(condition=Condition.PACKAGE, code="score_pending", detail=f"version {version} of the package is not scored yet")
    if score.score < score.threshold:
        detail = f"version {version} of the package scores {score.score} of 100, {score.threshold} are needed"
        return Missing(condition=Condition.PACKAGE, code="incomplete", detail=detail, gaps=score.gaps)
    return None
