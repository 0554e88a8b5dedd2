"""How a deal ends in the model, and how it begins again: the close gate, a loss, a reopening, a row of an export."""

from collections.abc import Mapping
from typing import Any

from tests.chaos.checking.models.deal import DESCRIPTIVE, LOST, OPEN, REOPENED_STAGE, WON, Command, Deal, Outcome, fresh, opening, refusal

Scores = Mapping[int, tuple[int, int]]
"""Score and threshold by version of the package."""
CONFIRMED = ("contract", "legal", "finance")


def closed(deal: Deal, asked: Command, scores: Scores) -> list[Outcome]:
    """A request to win the deal."""
    if asked.body.get("waivers") and not asked.verified:
        return [refusal(deal, asked, "forbidden")]
    if deal.outcome == WON:
        return [Outcome(deal)]
    if deal.outcome == LOST:
        return [refusal(deal, asked, "deal_is_closed")]
    return [_won(known, asked, lacks) for known, lacks in _gate(deal, asked, scores)]


def _gate(deal: Deal, asked: Command, scores: Scores) -> list[tuple[Deal, list[dict[str, Any]]]]:
    """What the gate lacks, for each state of knowledge about the latest package's score; with the deal that knows so much."""
    waived = {waiver["condition"] for waiver in asked.body.get("waivers") or ()}
    missing = [{"condition": name, "code": "missing"} for name in CONFIRMED if name not in deal.met and name not in waived]
    if "package" in waived:
        return [(deal, missing)]
    if deal.packages == 0:
        return [(deal, [*missing, {"condition": "package", "code": "missing"}])]
    found = []
    if deal.scored < deal.packages:
        found.append((deal, [*missing, {"condition": "package", "code": "score_pending"}]))
    if score := scores.get(deal.packages):
        thin = [] if score[0] >= score[1] else [{"condition": "package", "code": "incomplete"}]
        found.append((deal.but(scored=deal.packages), [*missing, *thin]))
    return found


def _won(deal: Deal, asked: Command, lacks: list[dict[str, Any]]) -> Outcome:
    if lacks:
        return Outcome(deal, (deal.told("CloseRefused", missing=lacks, requested_by=asked.by),))
    won = deal.but(outcome=WON)
    return Outcome(won, (_winning(won),))


def _winning(deal: Deal) -> tuple[str, Mapping[str, Any]]:
    told = {name: getattr(deal, name) for name in ("owner_id", "product", "price", "terms")}
    contacts = [{"person_id": person, "role": role} for person, role in deal.contacts]
    return deal.told("DealClosedWon", **told, contacts=contacts, package_version=deal.packages or None)


def lose(deal: Deal, asked: Command) -> Outcome:
    """The deal lost; for the same reasons again there is nothing to do."""
    reasons = frozenset(statement["reason"] for statement in asked.body["reasons"])
    if deal.outcome == LOST and deal.reasons == reasons:
        return Outcome(deal)
    if deal.outcome != OPEN:
        return refusal(deal, asked, "deal_is_closed")
    return Outcome(deal.but(outcome=LOST, reasons=reasons), (deal.told("DealClosedLost", owner_id=deal.owner_id),))


def reopen(deal: Deal, asked: Command) -> Outcome:
    """The next cycle of a deal that had ended: confirmed anew, with its contacts, terms and packages."""
    if deal.outcome == OPEN:
        return refusal(deal, asked, "deal_not_closed")
    stage = asked.body.get("stage") or REOPENED_STAGE
    after = deal.but(outcome=OPEN, cycle=deal.cycle + 1, stage=stage, met=frozenset(), reasons=frozenset())
    return Outcome(after, (after.told("DealReopened", was=deal.outcome, stage=stage, reopened_by=asked.by),))


def import_row(deal: Deal | None, asked: Command, scores: Scores) -> list[Outcome]:
    """A row of an export: only what differs from the last row acts."""
    row = asked.body
    if deal is None:
        opened = fresh(row).but(row=row)
        return [_with(None, ended, (opening(opened),)) for ended in _ended(opened, asked, OPEN, scores)]
    before = deal.row or {}
    if before.get("row_hash") == row["row_hash"]:
        return [Outcome(deal)]
    changes = {name: row.get(name) for name in DESCRIPTIVE if row.get(name) != before.get(name) and row.get(name) != getattr(deal, name)}
    changed = deal.but(**changes, row=row)
    events = (changed.told("DealTermsSet", price=changed.price, product=changed.product),) if {"price", "product"} & changes.keys() else ()
    return [_with(deal, ended, events) for ended in _ended(changed, asked, before.get("outcome", OPEN), scores)]


def _with(before: Deal | None, ended: Outcome, events: tuple[Any, ...]) -> Outcome:
    """The row as a whole, or not at all."""
    if any(name in ("DealCommandRefused", "CloseRefused") for name, _ in ended.events):
        return Outcome(before, ended.events)
    return Outcome(ended.deal, (*events, *ended.events))


def _ended(deal: Deal, asked: Command, before: str, scores: Scores) -> list[Outcome]:
    outcome = asked.body["outcome"]
    if outcome in (before, deal.outcome):
        return [Outcome(deal)]
    if deal.outcome != OPEN:
        return [refusal(deal, asked, "export_disagrees")]
    if outcome == WON:
        return closed(deal, asked, scores)
    lost = deal.but(outcome=LOST, reasons=frozenset({"not_recorded"}))
    return [Outcome(lost, (lost.told("DealClosedLost", owner_id=lost.owner_id),))]
