"""What each command of the deals service comes to: a list of possible outcomes, of which there is one unless a score was on its way."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.chaos.checking.models.closing import Scores, closed, import_row, lose, reopen
from tests.chaos.checking.models.deal import CONDITIONS, LOST, OPEN, WON, Command, Deal, Outcome, fresh, opening, refusal

NEEDS_PERSON = frozenset({"ReopenDeal"})


def outcomes(deal: Deal | None, asked: Command, scores: Scores) -> list[Outcome]:
    """What may become of the command."""
    if asked.name in NEEDS_PERSON and not asked.verified:
        return [refusal(deal, asked, "forbidden")]
    if asked.name == "OpenDeal":
        return [_open(deal, asked)]
    if asked.name == "ImportDeal":
        return import_row(deal, asked, scores)
    if deal is None:
        return [refusal(None, asked, "deal_unknown")]
    if asked.name == "CloseDeal" or (asked.name == "MoveStage" and asked.body["stage"] == WON):
        return closed(deal, asked, scores)
    return [ASKED[asked.name](deal, asked)]


def _open(deal: Deal | None, asked: Command) -> Outcome:
    opened = fresh(asked.body)
    if deal is None:
        return Outcome(opened, (opening(opened),))
    return Outcome(deal) if deal == opened else refusal(deal, asked, "deal_exists")


def _move(deal: Deal, asked: Command) -> Outcome:
    stage = asked.body["stage"]
    if stage == deal.stage:
        return Outcome(deal)
    if deal.outcome != OPEN:
        return refusal(deal, asked, "deal_is_closed")
    moved = deal.but(stage=stage)
    return Outcome(moved, (moved.told("DealStageMoved", from_stage=deal.stage, to_stage=stage),))


def _confirm(deal: Deal, asked: Command) -> Outcome:
    condition = CONDITIONS[asked.name]
    if condition in deal.met:
        return Outcome(deal)
    if deal.outcome != OPEN:
        return refusal(deal, asked, "deal_is_closed")
    return Outcome(deal.but(met=deal.met | {condition}), (deal.told("DealConditionMet"),))


def _add_contact(deal: Deal, asked: Command) -> Outcome:
    contact = asked.body["contact"]
    pair = contact["person_id"], contact["role"]
    if pair in deal.contacts:
        return Outcome(deal)
    if deal.outcome == LOST:
        return refusal(deal, asked, "deal_is_closed")
    return Outcome(deal.but(contacts=(*deal.contacts, pair)), (deal.told("DealContactAdded", contact=contact),))


def _explain(deal: Deal, asked: Command) -> Outcome:
    if not asked.verified:
        return refusal(deal, asked, "forbidden")
    if deal.outcome == LOST:
        return refusal(deal, asked, "deal_is_closed")
    return Outcome(deal.but(explained=True), (deal.told("DealBuyingReasonRecorded"),))


def _agree(deal: Deal, asked: Command) -> Outcome:
    set_ = {name: asked.body[name] for name in ("terms", "price", "product") if asked.body.get(name) is not None}
    agreed = deal.but(**set_)
    if agreed == deal:
        return Outcome(deal)
    if deal.outcome == LOST:
        return refusal(deal, asked, "deal_is_closed")
    return Outcome(agreed, (agreed.told("DealTermsSet", terms=agreed.terms, price=agreed.price, product=agreed.product),))


def _submit(deal: Deal, asked: Command) -> Outcome:
    if deal.outcome == LOST:
        return refusal(deal, asked, "deal_is_closed")
    handed_in = deal.but(packages=deal.packages + 1)
    return Outcome(handed_in, (handed_in.told("PackageSubmitted", package_version=handed_in.packages),))


ASKED: Mapping[str, Callable[[Deal, Command], Outcome]] = {
    "MoveStage": _move,
    "SignContract": _confirm,
    "ConfirmLegal": _confirm,
    "ConfirmFinance": _confirm,
    "AddContact": _add_contact,
    "RecordBuyingReason": _explain,
    "SetTerms": _agree,
    "SubmitPackage": _submit,
    "LoseDeal": lose,
    "ReopenDeal": reopen,
}


def differences(deal: Deal, state: Mapping[str, Any]) -> list[str]:
    """Where a stored deal is not the one of the model."""
    is_ = {
        **{name: state[name] for name in ("owner_id", "stage", "product", "price", "opened_on", "outcome", "cycle")},
        "account": state["account"]["account_id"],
        "terms": state["terms"],
        "met": sorted(confirmation["condition"] for confirmation in state["confirmations"]),
        "contacts": [(contact["person_id"], contact["role"]) for contact in state["contacts"]],
        "explained": state["buying_reason"] is not None,
        "packages": state["package_version"],
    }
    must = {name: getattr(deal, name) for name in is_} | {
        "account": deal.account.get("account_id"),
        "met": sorted(deal.met),
        "contacts": list(deal.contacts),
    }
    return [f"{name} is {is_[name]!r} and must be {must[name]!r}" for name in is_ if is_[name] != must[name]]
