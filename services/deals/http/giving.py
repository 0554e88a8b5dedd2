"""The commands over HTTP, one by one and in bulk; the deciders ask the policy who may give which."""

from fastapi import APIRouter

from chassis.http import bulk, commands
from contracts.deals import (
    AddContact,
    CloseDeal,
    ConfirmFinance,
    ConfirmLegal,
    ImportDeal,
    LoseDeal,
    MoveStage,
    OpenDeal,
    RecordBuyingReason,
    ReopenDeal,
    SetTerms,
    SignContract,
    SubmitPackage,
)
from contracts.message import Message

ROUTES: dict[str, type[Message]] = {
    "POST /deals": OpenDeal,
    "POST /deals/{deal_id}/stage": MoveStage,
    "POST /deals/{deal_id}/contract": SignContract,
    "POST /deals/{deal_id}/legal": ConfirmLegal,
    "POST /deals/{deal_id}/finance": ConfirmFinance,
    "POST /deals/{deal_id}/contacts": AddContact,
    "PUT /deals/{deal_id}/buying-reason": RecordBuyingReason,
    "PUT /deals/{deal_id}/terms": SetTerms,
    "POST /deals/{deal_id}/packages": SubmitPackage,
    "POST /deals/{deal_id}/close": CloseDeal,
    "POST /deals/{deal_id}/lose": LoseDeal,
    "POST /deals/{deal_id}/reopen": ReopenDeal,
    "PUT /deals/{deal_id}/imported-row": ImportDeal,
}

router = APIRouter()
bulk(router, "POST /deals/bulk", tuple(ROUTES.values()))
commands(router, ROUTES)
