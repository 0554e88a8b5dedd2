"""A deal begins, and goes from stage to stage."""

from chassis.context import Context
from chassis.decision import Decision, Invalid
from contracts.deals import MoveStage, OpenDeal
from services.deals.domain import Deal, DealExists, Outcome, facts
from services.deals.handlers.closing import won
from services.deals.handlers.permission import granted, known, permit
from services.deals.handlers.stages import listed
from services.deals.policy import DealsPolicy


def open_deal(deal: Deal | None, command: OpenDeal, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """A new deal, at the stage asked for or the policy's default. The same deal asked for again is nothing to do.

    Raises:
        DealExists: there is a deal of this id that is not the same.
        Invalid: the policy has no such stage.
    """
    permit(context, context.policy.permissions.open_deal)
    opened = Deal(
        deal_id=command.deal_id,
        account=command.account,
        owner_id=command.owner_id,
        stage=listed(context.policy, command.stage or context.policy.default_stage),
        team=command.team,
        product=command.product,
        price=command.price,
        opened_on=command.opened_on or context.now.date(),
    )
    if deal == opened:
        return None
    if deal is not None:
        raise DealExists(f"there is a deal {deal.deal_id!r} already", field="deal_id")
    return Decision(opened, events=[facts.opened(opened)])


def move_stage(deal: Deal | None, command: MoveStage, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """The deal at another stage; a move to `won` is a request to close it.

    Raises:
        NotReadyToClose: the stage is `won`, and the close gate found something missing.
        DealIsClosed: the deal is won or lost.
        Invalid: the policy has no such stage, or waivers came with a stage other than `won`.
        Forbidden: the token's roles may not move a deal; or, to `won`, not close one.
    """
    permissions = context.policy.permissions
    permit(context, permissions.close_deal if command.stage == Outcome.WON else permissions.move_stage)
    deal = known(deal, command.deal_id)
    if command.stage == Outcome.WON:
        return won(deal, context, waivers=granted(context, command.waivers))
    if command.waivers:
        raise Invalid("only a move to won meets the close gate, so there is nothing to waive", field="waivers")
    moved = deal.move(listed(context.policy, command.stage)) if command.stage != deal.stage else deal
    return None if moved is deal else Decision(moved, events=[facts.moved(moved, deal.stage)])
