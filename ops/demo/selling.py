"""Scenes of a sale: customers' people are recorded, deals are refused at the gate, made good, and won; some are lost."""

from collections.abc import Sequence
from typing import Any

from ops.asking import asking, segment
from ops.demo.cast import CONTROLLER, ENGINEER, LAWYER, MANAGER, REP, Customer, customers
from ops.demo.stage import Stage
from ops.errors import OpsError

LIVE, LOST, THIN = 40, 6, 8
"""Open deals that are won while we watch; that are lost; and whose first package is too thin."""
STARTS, MONTHS = "2026-01-01", 24


async def record_customers(stage: Stage, account_ids: Sequence[str]) -> dict[str, Customer]:
    """A person of each account's, recorded. Raises: OpsError."""
    buyers = customers(account_ids)
    async with asking(stage.system, "deals", REP.person_id, REP.roles) as deals:
        for buyer in buyers.values():
            await deals.request("PUT", f"/people/{segment(buyer.person_id)}", patience=30, json=buyer.told())
    return buyers


async def add_contacts(stage: Stage, deals: Sequence[Any], buyers: dict[str, Customer]) -> int:
    """The buyer of each deal's account becomes its contact. Raises: OpsError."""

    def contact(deal: Any) -> dict[str, str]:
        return {"person_id": buyers[deal["account"]["account_id"]].person_id, "role": "decision_maker"}

    return await stage.do("deals", REP, [{"type": "AddContact", "deal_id": deal["deal_id"], "contact": contact(deal)} for deal in deals])


async def win_deals(stage: Stage, deals: Sequence[Any], buyers: dict[str, Customer]) -> None:
    """From an open deal to a won one, by the people whose part it is. Raises: OpsError."""
    ids = [deal["deal_id"] for deal in deals]
    await refused_at_the_gate(stage, ids)
    await add_contacts(stage, deals, buyers)
    reasons = {"buying_reason": "Their own tool does not scale.", "success_definition": "Half the time to first value by summer."}
    await stage.do("deals", REP, [{"type": "RecordBuyingReason", "deal_id": id, **reasons} for id in ids])
    terms = {"starts_on": STARTS, "months": MONTHS, "billing": "annually", "auto_renews": True, "notice_days": 90}
    await stage.do("deals", REP, [{"type": "SetTerms", "deal_id": id, "terms": terms} for id in ids])
    await stage.do("deals", REP, [{"type": "MoveStage", "deal_id": id, "stage": "negotiation"} for id in ids])
    await stage.do("deals", REP, [{"type": "SignContract", "deal_id": id} for id in ids])
    await stage.do("deals", LAWYER, [{"type": "ConfirmLegal", "deal_id": id} for id in ids])
    await stage.do("deals", CONTROLLER, [{"type": "ConfirmFinance", "deal_id": id} for id in ids])
    stage.tell(f"{len(ids)} deals: contacts, terms, contracts signed, legal and finance confirmed; their handovers are being prepared")
    await hand_in_packages(stage, deals, buyers)
    await stage.do("deals", MANAGER, [{"type": "CloseDeal", "deal_id": id} for id in ids])
    stage.tell(f"{len(ids)} deals are won, through the gate and without a waiver")


async def refused_at_the_gate(stage: Stage, ids: Sequence[str]) -> None:
    """A manager is too early. Raises: OpsError if the gate lets a deal through."""
    answers = await stage.act("deals", MANAGER, [{"type": "CloseDeal", "deal_id": id} for id in ids])
    if any(answer["outcome"] != "refused" for answer in answers):
        raise OpsError("The close gate let a deal through that had no contract, no confirmations and no package.")
    missing = ", ".join(lack["condition"] for lack in answers[0]["missing"])
    stage.tell(f"{len(answers)} attempts to close too early are refused; missing: {missing}")


async def hand_in_packages(stage: Stage, deals: Sequence[Any], buyers: dict[str, Customer]) -> None:
    """Packages are handed in; the first few are too thin, are refused with their gaps, and are made better. Raises: OpsError."""
    thin = deals[:THIN]
    await stage.do("deals", REP, [submission(deal, {"goals": ["Go live in spring."]}) for deal in thin])
    answers = await stage.act("deals", MANAGER, [{"type": "CloseDeal", "deal_id": deal["deal_id"]} for deal in thin])
    gaps = [gap for lack in answers[0].get("missing", ()) for gap in lack.get("gaps", ())]
    stage.tell(f"{len(answers)} packages are too thin; gaps of the first: {', '.join(gaps)}")
    await stage.do("deals", ENGINEER, [submission(deal, full_package(deal, buyers)) for deal in deals])
    stage.tell(f"{len(deals)} complete packages are handed in, and scored by onboarding")


def submission(deal: Any, package: dict[str, Any]) -> dict[str, Any]:
    """The command that hands a package in."""
    return {"type": "SubmitPackage", "deal_id": deal["deal_id"], "package": package}


def full_package(deal: Any, buyers: dict[str, Customer]) -> dict[str, Any]:
    """A package that says all that onboarding needs."""
    buyer = buyers[deal["account"]["account_id"]].person_id
    return {
        "pain_points": ["Orders are re-typed by hand.", "Nobody sees where an order stands."],
        "goals": ["Go live in spring.", "One system for all plants."],
        "stakeholders": [{"person_id": buyer, "role": role} for role in ("decision_maker", "champion")],
        "expectations": ["A first result within six weeks.", "One person to call."],
        "roi_analysis": "Saves two full posts in order entry; pays back in fourteen months.",
        "requests": ["An export to their warehouse."],
        "promises": [{"kind": "scope", "text": "The warehouse export is part of the price."}],
        "perceptions": "Careful, fair, decides by the numbers.",
        "solution_document": f"https://documents.baton.example/osd/{deal['deal_id']}",
    }


async def lose_deals(stage: Stage, deals: Sequence[Any]) -> None:
    """Not every sale ends well. Raises: OpsError."""
    reasons = [{"reason": "no_budget", "details": "Put off to next year."}]
    await stage.do("deals", MANAGER, [{"type": "LoseDeal", "deal_id": deal["deal_id"], "reasons": reasons} for deal in deals])
    stage.tell(f"{len(deals)} deals are lost, with the reason")
