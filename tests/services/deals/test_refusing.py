"""What is told when a command is refused and the rule has no event of its own."""

from chassis.decision import Invalid
from contracts.deals import DealCommandRefused, MoveStage
from services.deals.handlers import refusal
from tests.services.deals.given import SALES_REP, asked_by

MOVE = MoveStage(deal_id="deal-1", stage="signed")


def test_a_refusal_names_the_command_the_rule_the_field_and_who_asked() -> None:
    assert refusal(MOVE, Invalid("no such stage", field="stage"), asked_by(SALES_REP)) == DealCommandRefused(
        deal_id="deal-1", command="MoveStage", code="invalid", detail="no such stage", field="stage", requested_by="rep"
    )


def test_a_long_sentence_is_cut_to_what_a_label_holds() -> None:
    assert len(refusal(MOVE, Invalid("x" * 1000), asked_by()).detail) == 300
