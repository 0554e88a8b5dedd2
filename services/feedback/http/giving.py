"""The command over HTTP, for colleagues who take an answer down; the decider asks the policy who may."""

from fastapi import APIRouter

from chassis.http import commands
from contracts.feedback import AnswerSurvey

router = APIRouter(tags=["surveys"])
commands(router, {"POST /surveys/{deal_id}/answers": AnswerSurvey})
