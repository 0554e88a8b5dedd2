"""What is told of a deal: each function makes one event from the deal as it is after the change."""

from contracts.deals import (
    DealBuyingReasonRecorded,
    DealClosedLost,
    DealClosedWon,
    DealConditionMet,
    DealContactAdded,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageMoved,
    DealTermsSet,
    Package,
    PackageSubmitted,
)
from contracts.values import SealedText, Time
from services.deals.domain.deal import Deal


def opened(deal: Deal) -> DealOpened:
    """The deal was opened."""
    return DealOpened(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        account=deal.account,
        stage=deal.stage,
        owner_id=deal.owner_id,
        team=deal.team,
        product=deal.product,
        price=deal.price,
        opened_on=deal.opened_on,
    )


def moved(deal: Deal, from_stage: str) -> DealStageMoved:
    """The deal came to its stage from another."""
    return DealStageMoved(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        from_stage=from_stage,
        to_stage=deal.stage,
        owner_id=deal.owner_id,
        team=deal.team,
        account=deal.account,
    )


def reassigned(deal: Deal) -> DealReassigned:
    """The deal has other people, or another account."""
    return DealReassigned(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        account=deal.account,
        owner_id=deal.owner_id,
        team=deal.team,
    )


def confirmed(deal: Deal) -> DealConditionMet:
    """The latest confirmation was given."""
    return DealConditionMet(deal_id=deal.deal_id, account_id=deal.account.account_id, cycle=deal.cycle, confirmation=deal.confirmations[-1])


def contact_added(deal: Deal) -> DealContactAdded:
    """The latest contact was added."""
    return DealContactAdded(deal_id=deal.deal_id, account_id=deal.account.account_id, cycle=deal.cycle, contact=deal.contacts[-1])


def explained(deal: Deal) -> DealBuyingReasonRecorded:
    """Why the customer buys, and what success means to them, as now known."""
    return DealBuyingReasonRecorded(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        buying_reason=deal.buying_reason,
        success_definition=deal.success_definition,
    )


def terms_set(deal: Deal) -> DealTermsSet:
    """Terms, price and product as they are now."""
    return DealTermsSet(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        terms=deal.terms,
        price=deal.price,
        product=deal.product,
    )


def submitted(deal: Deal, package: Package, by: str) -> PackageSubmitted:
    """The latest version of the package was handed in."""
    return PackageSubmitted(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        package_version=deal.package_version,
        package=package,
        submitted_by=by,
    )


def closed(deal: Deal) -> DealClosedWon | DealClosedLost:
    """The deal ended, as it is recorded.

    Raises:
        ValueError: the deal is open.
    """
    if deal.won:
        return DealClosedWon(
            deal_id=deal.deal_id,
            account_id=deal.account.account_id,
            cycle=deal.cycle,
            account=deal.account,
            owner_id=deal.owner_id,
            team=deal.team,
            product=deal.product,
            price=deal.price,
            terms=deal.terms,
            contacts=deal.contacts,
            buying_reason=deal.buying_reason,
            success_definition=deal.success_definition,
            confirmations=deal.confirmations,
            closed_on=deal.won.closed_on,
            waivers=deal.won.waivers,
            package_version=deal.won.package_version,
            package_score=deal.won.package_score,
            notes=deal.won.notes,
        )
    if deal.lost:
        return DealClosedLost(
            deal_id=deal.deal_id,
            account_id=deal.account.account_id,
            cycle=deal.cycle,
            account=deal.account,
            owner_id=deal.owner_id,
            closed_on=deal.lost.closed_on,
            reasons=deal.lost.reasons,
        )
    raise ValueError("an open deal has not ended")


def reopened(deal: Deal, was: str, by: str, reason: SealedText, at: Time) -> DealReopened:
    """The deal was opened again, in its new cycle. `at`: UTC."""
    return DealReopened(
        deal_id=deal.deal_id,
        account_id=deal.account.account_id,
        cycle=deal.cycle,
        reopened_by=by,
        reason=reason,
        was=was,
        stage=deal.stage,
        at=at,
    )
