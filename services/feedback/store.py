"""Where surveys, respondents and answers are kept, and the queries that read them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.aggregate import Aggregate
from chassis.mongo import Database
from chassis.service import Collection
from services.feedback.domain import DealSurveys, Respondent, SurveyState, Tally
from services.feedback.domain.rows import NPS_ANSWERS

DEAL_SURVEYS = Aggregate(
    "deal_surveys",
    DealSurveys,
    "deal_surveys",
    schema=1,
    indexes=(
        (("state.survey.state", 1), ("_id", 1)),
        (("state.survey.account_id", 1), ("_id", 1)),
    ),
)
RESPONDENT = Aggregate("respondent", Respondent, "respondents", schema=1)
ANSWERS = Collection(NPS_ANSWERS, indexes=((("answered_at", 1),), (("account_id", 1), ("answered_at", 1))))
_WAITING = [SurveyState.INVITED.value, SurveyState.REMINDED.value]
"""States of a survey that waits for somebody."""


async def find_deal_surveys(db: Database, deal_id: str) -> DealSurveys | None:
    """The surveys of a deal."""
    document = await db[DEAL_SURVEYS.collection].find_one({"_id": deal_id})
    return _read(document) if document else None


async def list_deal_surveys(
    db: Database, state: SurveyState | None, account_id: str | None, unanswered: bool, after: str | None, limit: int
) -> list[DealSurveys]:
    """Surveys of deals' present cycles by the deal's id: those behind `after`, `limit` of them at most."""
    where: dict[str, Any] = {"state.survey.state": state.value if state else {"$ne": None}}
    if unanswered:
        where = {"$and": [where, {"state.survey.state": {"$in": _WAITING}}]}
    if account_id:
        where["state.survey.account_id"] = account_id
    if after:
        where["_id"] = {"$gt": after}
    documents = await db[DEAL_SURVEYS.collection].find(where).sort("_id", 1).limit(limit).to_list(None)
    return [_read(document) for document in documents]


async def tally(db: Database, from_: datetime | None, to: datetime | None, account_id: str | None) -> Tally:
    """Answers by group: given from `from_` on and before `to`, of one account, where given."""
    window = {"$gte": from_, "$lt": to}
    at = {operator: time for operator, time in window.items() if time is not None}
    where = ({"answered_at": at} if at else {}) | ({"account_id": account_id} if account_id else {})
    cursor = await db[ANSWERS.name].aggregate([{"$match": where}, {"$group": {"_id": "$score", "n": {"$sum": 1}}}])
    return Tally.of({row["_id"]: row["n"] async for row in cursor})


def _read(document: Mapping[str, Any]) -> DealSurveys:
    return DEAL_SURVEYS.decode(document["state"], document["schema"])
