"""A row of a CRM export becomes a deal, or changes one: only what differs from the last row imported acts (D2)."""

from typing import Any

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import ImportDeal, LossDetail, LossReason
from contracts.message import Event
from services.deals.domain import Deal, ExportDisagrees, ImportedRow, Outcome, facts, lose, win
from services.deals.handlers.permission import granted, permit
from services.deals.handlers.stages import listed
from services.deals.policy import DealsPolicy

NO_ROW = ImportedRow()
NOT_RECORDED = (LossDetail(reason=LossReason.NOT_RECORDED),)
_REASSIGNS, _PRICES = frozenset({"account", "owner_id", "team"}), frozenset({"product", "price"})


def import_deal(deal: Deal | None, command: ImportDeal, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """The deal as the row says, as far as the row changed since the last import; a row seen before is nothing to do.

    A row that became won meets the close gate like any other request. The deal is changed as a whole or not at all.

    Raises:
        NotReadyToClose: the row became won, and a condition is neither met nor waived.
        ExportDisagrees: the row became open, lost or won while the deal was closed otherwise here.
        Forbidden: the waivers need a named person, or another one.
        Invalid: the policy has no such stage, or the row closes before it opens.
    """
    permit(context, context.policy.permissions.import_deal)
    row = ImportedRow.of(command)
    if row.stage:
        listed(context.policy, row.stage)
    if deal is None:
        opened = _opened(row, command.deal_id, context.policy)
        ended = _ended(opened, row, NO_ROW, command, context)
        return Decision(ended, events=[facts.opened(opened), *_ending(ended, opened)])
    before = deal.imported or NO_ROW
    if before.row_hash == row.row_hash:
        return None
    changed, events = _described(deal, row, before)
    ended = _ended(changed, row, before, command, context)
    return Decision(ended, events=[*events, *_ending(ended, changed)])


def _opened(row: ImportedRow, deal_id: str, policy: DealsPolicy) -> Deal:
    """A new deal from its first row; a row without an opening date leaves it unknown rather than inventing one."""
    return Deal(deal_id=deal_id, stage=row.stage or policy.default_stage, imported=row, **row.changes_since(NO_ROW))


def _described(deal: Deal, row: ImportedRow, before: ImportedRow) -> tuple[Deal, list[Event]]:
    """The deal with what the CRM changed of its description and, while it is open, its stage; and what to tell of it."""
    changes: dict[str, Any] = {name: value for name, value in row.changes_since(before).items() if value != getattr(deal, name)}
    moves = row.stage is not None and row.stage not in (before.stage, deal.stage) and deal.outcome is Outcome.OPEN
    changed = deal.model_copy(update={**changes, **({"stage": row.stage} if moves else {}), "imported": row})
    events: list[Event] = []
    if _REASSIGNS & changes.keys():
        events.append(facts.reassigned(changed))
    if _PRICES & changes.keys():
        events.append(facts.terms_set(changed))
    if moves:
        events.append(facts.moved(changed, deal.stage))
    return changed, events


def _ended(deal: Deal, row: ImportedRow, before: ImportedRow, command: ImportDeal, context: Context[DealsPolicy]) -> Deal:
    """The deal closed, if the row's outcome changed to won or lost and the deal is not closed so already."""
    if row.outcome in (before.outcome, deal.outcome):
        return deal
    if deal.outcome is not Outcome.OPEN:
        raise ExportDisagrees(
            f"the export says {row.outcome}, and the deal is {deal.outcome} here: a named person has to reopen it first", field="outcome"
        )
    if row.outcome == Outcome.WON:
        waivers = granted(context, command.waivers)
        return win(deal, by=context.actor.id, at=context.now, closed_on=row.closed_on, waivers=waivers)
    return lose(deal, NOT_RECORDED, by=context.actor.id, at=context.now, closed_on=row.closed_on)


def _ending(ended: Deal, deal: Deal) -> list[Event]:
    return [] if ended is deal else [facts.closed(ended)]
