"""How a deal ends, and how an ended one begins again."""

from datetime import date

from chassis.context import Context
from chassis.decision import Decision, Invalid, Row
from contracts.deals import CloseDeal, LoseDeal, LossDetail, LossReason, ReopenDeal, Waiver
from contracts.values import SealedText
from services.deals.domain import Deal, DealNotClosed, Outcome, facts, lose, win
from services.deals.domain.rows import PAST_CYCLES
from services.deals.handlers.permission import granted, known, permit, sealed
from services.deals.handlers.stages import listed
from services.deals.policy import DealsPolicy

_PAST = {"deal_id", "cycle", "stage", "outcome", "won", "lost", "confirmations", "terms", "price", "product", "opened_on"}


def close_deal(deal: Deal | None, command: CloseDeal, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """The deal won, if the close gate lets it pass (R1); a deal that is won already is nothing to do.

    Raises:
        NotReadyToClose: a condition is neither met nor waived.
        DealIsClosed: the deal was lost.
        Forbidden: the waivers need a named person, or another one.
    """
    permit(context, context.policy.permissions.close_deal)
    deal = known(deal, command.deal_id)
    waivers = granted(context, command.waivers)
    return won(deal, context, waivers=waivers, closed_on=command.closed_on, notes=sealed(context, command.notes))


def won(
    deal: Deal,
    context: Context[DealsPolicy],
    *,
    waivers: tuple[Waiver, ...],
    closed_on: date | None = None,
    notes: SealedText | None = None,
) -> Decision[Deal] | None:
    """What every command that asks for a win decides; None when the deal is won already."""
    if deal.outcome is Outcome.WON:
        return None
    ended = win(deal, by=context.actor.id, at=context.now, closed_on=closed_on, waivers=waivers, notes=notes)
    return Decision(ended, events=[facts.closed(ended)])


def lose_deal(deal: Deal | None, command: LoseDeal, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """The deal lost, for reasons of which at least one is told (R78 to R85).

    Raises:
        Invalid: a reason is told twice, or is `not_recorded`.
        Forbidden: details are given, and nobody in particular gives them.
        DealIsClosed: the deal was won, or lost for other reasons.
    """
    permit(context, context.policy.permissions.lose_deal)
    deal = known(deal, command.deal_id)
    told = [statement.reason for statement in command.reasons]
    if LossReason.NOT_RECORDED in told or len(set(told)) < len(told):
        raise Invalid("each of the eight reasons can be told once, and not_recorded is for imports only", field="reasons")
    reasons = tuple(LossDetail(reason=statement.reason, details=sealed(context, statement.details)) for statement in command.reasons)
    ended = lose(deal, reasons, by=context.actor.id, at=context.now, closed_on=command.closed_on)
    return None if ended is deal else Decision(ended, events=[facts.closed(ended)])


def reopen_deal(deal: Deal | None, command: ReopenDeal, context: Context[DealsPolicy]) -> Decision[Deal]:
    """A closed deal open again, as a new cycle, by a named person with a reason (D1); how it had ended is kept apart.

    Raises:
        DealNotClosed: the deal is open.
        Forbidden: no token came along, or its roles may not reopen.
        Invalid: the policy has no such stage.
    """
    by = context.named_person()
    permit(context, context.policy.permissions.reopen_deal)
    deal = known(deal, command.deal_id)
    if deal.outcome is Outcome.OPEN:
        raise DealNotClosed("the deal is open; only a won or lost one can be reopened")
    reopened = deal.reopen(listed(context.policy, command.stage or context.policy.reopened_stage))
    event = facts.reopened(reopened, deal.outcome, by, context.seal(by, command.reason), context.now)
    past = Row(PAST_CYCLES, f"{deal.deal_id}:{deal.cycle}", deal.model_dump(mode="json", include=_PAST))
    return Decision(reopened, events=[event], rows=[past])
