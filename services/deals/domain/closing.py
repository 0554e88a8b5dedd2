"""How a deal ends: `win` is the only way to a won deal, and it asks the close gate; `lose` takes the reasons."""

from datetime import date, datetime

from chassis.decision import Invalid
from contracts.deals import CloseRefused, LossDetail, Missing, Waiver
from contracts.values import SealedText
from services.deals.domain.deal import Deal, Loss, Outcome, Win
from services.deals.domain.errors import NotReadyToClose
from services.deals.domain.gate import unmet


def win(
    deal: Deal, *, by: str, at: datetime, closed_on: date | None = None, waivers: tuple[Waiver, ...] = (), notes: SealedText | None = None
) -> Deal:
    """The deal won on `closed_on`, or else on the day of `at` (UTC). Only waivers that were needed stay on record.

    Raises:
        DealIsClosed: it was lost.
        NotReadyToClose: a condition of the close gate is neither met nor waived.
        Invalid: it would have closed before it was opened.
    """
    deal.demand_open("winning it")
    if missing := unmet(deal, waivers):
        raise not_ready(deal, missing, by)
    lacking = {missing.condition for missing in unmet(deal)}
    needed = tuple(waiver for waiver in waivers if waiver.condition in lacking)
    score = deal.package_score
    record = Win(
        closed_on=_closing_day(deal, closed_on, at),
        at=at,
        by=by,
        waivers=needed,
        package_version=deal.package_version or None,
        package_score=score.score if score else None,
        notes=notes,
    )
    return deal.model_copy(update={"outcome": Outcome.WON, "won": record})


def lose(deal: Deal, reasons: tuple[LossDetail, ...], *, by: str, at: datetime, closed_on: date | None = None) -> Deal:
    """The deal lost, for at least one reason. Lost before for the same reasons, it stays as it is.

    Raises:
        DealIsClosed: it was won, or lost for other reasons.
        Invalid: it would have closed before it was opened.
    """
    if deal.lost and {told.reason for told in deal.lost.reasons} == {told.reason for told in reasons}:
        return deal
    deal.demand_open("losing it")
    record = Loss(closed_on=_closing_day(deal, closed_on, at), at=at, by=by, reasons=reasons)
    return deal.model_copy(update={"outcome": Outcome.LOST, "lost": record})


def not_ready(deal: Deal, missing: tuple[Missing, ...], by: str) -> NotReadyToClose:
    """The gate's refusal, as an event for everybody and as a list for the caller."""
    return NotReadyToClose(
        "the deal cannot be won yet: " + "; ".join(lack.detail for lack in missing),
        event=CloseRefused(deal_id=deal.deal_id, account_id=deal.account.account_id, cycle=deal.cycle, missing=missing, requested_by=by),
        problem={"missing": [lack.model_dump(mode="json") for lack in missing]},
    )


def _closing_day(deal: Deal, closed_on: date | None, at: datetime) -> date:
    day = closed_on or at.date()
    if deal.opened_on and day < deal.opened_on:
        raise Invalid(f"the deal would close on {day}, before it was opened on {deal.opened_on}", field="closed_on")
    return day
