"""Which timers the state of an aggregate implies: True for one that is still to fire, False for one that has.

`settings`: how often each timer of the aggregate was set or cancelled, by its name.
"""

from collections.abc import Callable, Mapping
from typing import Any

State = Mapping[str, Any]
Settings = Mapping[str, int]
Owed = Mapping[str, bool]


def _handover(state: State, settings: Settings) -> Owed:
    """A deadline that is owed has its timer until it is overdue."""
    return {name: name not in state["overdue"] for name in state["deadlines"]}


def _survey(state: State, settings: Settings) -> Owed:
    """Due while it is scheduled; then it expires, unless it is over; those invited are reminded once, if there was time to set it."""
    survey = state["survey"]
    if survey is None:
        return {}
    if survey["state"] == "scheduled":
        return {"due": True}
    if survey["state"] not in ("asking", "invited", "reminded"):
        return {}
    waiting = [f"remind_{n}" for n, person in enumerate(survey["invitees"]) if person["state"] == "invited"]
    return {"expires": True} | {name: True for name in waiting if name in settings}


def _respondent(state: State, settings: Settings) -> Owed:
    return {"person": True} if state["waiting"] else {}


def _recipient(state: State, settings: Settings) -> Owed:
    return {"digest": True} if state["digest_due_at"] else {}


def _email(state: State, settings: Settings) -> Owed:
    """Every e-mail is forgotten some day."""
    return {"expire": True}


OWED: Mapping[str, Mapping[str, Callable[[State, Settings], Owed]]] = {
    "onboarding": {"handovers": _handover},
    "feedback": {"deal_surveys": _survey, "respondents": _respondent},
    "notifications": {"recipients": _recipient, "emails": _email},
}
"""By service and collection."""
