"""Good records for each topic, each about something of its own: what stands around a bad one, and must have its effect all the same."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from chassis.placing import partition_of
from tests.chaos.clients.publishing import Outgoing

Body = dict[str, Any]
CLOSED_KEY = base64.b64encode(bytes(32)).decode()
"""A sealing key, of a person about whom nothing is written."""


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _deal(key: str) -> Body:
    return {"deal_id": key, "account_id": "account-0", "cycle": 1}


def _opening(key: str) -> Body:
    return {"deal_id": key, "account": {"account_id": "account-0", "name": key}, "owner_id": "owner-1", "opened_on": "2026-01-05"}


def _moving(key: str) -> Body:
    stages = {"from_stage": "proposal", "to_stage": "negotiation"}
    return _deal(key) | stages | {"owner_id": "owner-1", "account": {"account_id": "account-0", "name": key}}


def _completed(key: str) -> Body:
    return _deal(key) | {"account_name": key, "completed_on": "2026-02-20", "days_from_win": 17, "contacts": []}


def _unhappy(key: str) -> Body:
    return _deal(key) | {"survey_id": key, "respondent_id": "contact-0", "score": 2}


def _person(key: str) -> Body:
    return {"person_id": key, "name": key, "sealing_key": CLOSED_KEY}


GOOD: Mapping[str, tuple[str, Callable[[str], Body]]] = {
    "deals.commands": ("OpenDeal", _opening),
    "onboarding.commands": ("BookKickoff", lambda key: {"deal_id": key, "at": _now()}),
    "notifications.commands": ("AssignAccountTeam", lambda key: {"account_id": key, "members": {"neighbour": [key]}}),
    "feedback.commands": ("AnswerSurvey", lambda key: {"deal_id": key, "survey_id": key, "respondent_id": "contact-0", "score": 9}),
    "deals.events": ("DealStageMoved", _moving),
    "onboarding.events": ("HandoverCompleted", _completed),
    "feedback.events": ("DetractorRaised", _unhappy),
    "deals.people": ("CustomerPersonRecorded", _person),
    "notifications.people": ("ColleagueRecorded", _person),
    "onboarding.private": ("StepDue", lambda key: {"deal_id": key, "cycle": 1, "due_at": _now(), "step": "promises"}),
    "notifications.private": ("EmailExpired", lambda key: {"email_id": key}),
    "feedback.private": ("SurveyDue", lambda key: {"deal_id": key, "cycle": 1, "survey_id": key, "due_at": _now()}),
}
"""By topic: the type's name, and the content for a key."""


class Neighbours:
    """Makes good records of one client. `partitions`: of every topic."""

    def __init__(self, name: str, partitions: int) -> None:
        self._name, self._partitions, self._numbers = name, partitions, count(1)

    def record(self, topic: str, id_: str, partition: int | None = None) -> Outgoing:
        """One about something that nothing was said of before, which belongs in that partition."""
        name, body = GOOD[topic]
        key = next(key for key in self._keys() if partition is None or partition_of(key, self._partitions) == partition)
        service = topic.partition(".")[0]
        return Outgoing.event(topic, key, f"{service}.{name}.v1", json.dumps(body(key)).encode(), id_, f"/chaos/{self._name}")

    def _keys(self) -> Any:
        return (f"{self._name}-good-{number}" for number in self._numbers)
