"""Who hears of which event, by the policy of these runs: mailboxes of departments, and the customer who is asked."""

from collections.abc import Mapping
from typing import Any

DEPARTMENTS: Mapping[str, str] = {
    "sales_rep": "sales",
    "sales_manager": "sales",
    "csm": "customer_success",
    "cs_executive": "customer_success",
    "onboarding_rep": "professional_services",
    "onboarding_manager": "professional_services",
}
WINS = ("customer_success", "finance", "product")


def hear(name: str, body: Mapping[str, Any]) -> frozenset[str] | None:
    """Recipients of an event; None where it is nobody's news."""
    if name == "SurveyInvited":
        return frozenset({body["respondent_id"]})
    if name == "DealClosedWon" or (name == "DealReopened" and body["was"] == "won"):
        return frozenset(f"department:{department}" for department in WINS)
    roles = _roles(name, body)
    return frozenset(f"department:{DEPARTMENTS[role]}" for role in roles) if roles else None


def _roles(name: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    if name in ("StepOverdue", "KickoffOverdue", "PackageOverdue"):
        return (body["accountable"],)
    if name == "StepCompleted":
        return tuple(body["informed"])
    return {
        "HandoverReturned": ("sales_rep", "sales_manager"),
        "DetractorRaised": ("csm", "cs_executive"),
        "FollowUpOpened": ("csm", "cs_executive"),
    }.get(name, ())


def channels(recipient: str) -> frozenset[str]:
    """By which channels a recipient hears."""
    return frozenset({"inbox", "email"}) if recipient.startswith("department:") else frozenset({"email"})
