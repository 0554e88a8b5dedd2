"""What a command comes to in a handover: the event that tells its effect, or the code of the rule that says no."""

from collections.abc import Mapping

from tests.chaos.checking.models.deal import Command
from tests.chaos.checking.models.handover import RUNNING, Handover

SALES, ONBOARDING = frozenset({"sales_rep", "sales_manager"}), frozenset({"onboarding_rep", "onboarding_manager"})
MAY_COMPLETE: Mapping[str, frozenset[str]] = {"significant_people": SALES, "promises": SALES, "customer_tasks": ONBOARDING}
"""Who answers for each step, by the policy of these runs."""
REFUSED, UNKNOWN = "HandoverCommandRefused", "handover_unknown"
NOT_RUNNING, NOT_OPEN, HELD = "handover_not_running", "handover_not_open", "kickoff_already_held"
EARLY = frozenset({"expected", "prepared"})
"""States before the win."""


def before_all(asked: Command) -> str | None:
    """The refusal that needs no look at the handover, if there is one."""
    if asked.name in ("AcceptHandover", "ReturnHandover") and not asked.verified:
        return "forbidden"
    if asked.name == "CompleteStep" and asked.body["role"] not in MAY_COMPLETE[asked.body["step"]]:
        return "role_not_allowed"
    return None


def answers(asked: Command, handover: Handover, reopened: bool) -> frozenset[str]:
    """Types of events and codes of refusals that the command may be told by. `reopened`: whether a later cycle of the deal ever began;
    a handover that had ended does not tell when."""
    if code := before_all(asked):
        return frozenset({code})
    if asked.name in ("AcceptHandover", "ReturnHandover"):
        return frozenset({_answer(asked.name, handover.state)} | ({NOT_OPEN} if reopened and handover.state == "stopped" else set()))
    live = handover.state in RUNNING or handover.state == "completed"
    found = {_do(asked.name, handover)} if live else {NOT_RUNNING}
    return frozenset(found | ({NOT_RUNNING} if reopened and handover.state == "completed" else set()))


def _answer(name: str, state: str) -> str:
    if state in ("accepted", "completed"):
        return "handover_already_accepted" if name == "ReturnHandover" else ""
    if state in EARLY:
        return NOT_OPEN
    if state == "stopped":
        return NOT_RUNNING
    if state == "returned":
        return "handover_already_returned"
    return "HandoverReturned" if name == "ReturnHandover" else "HandoverAccepted"


def _do(name: str, handover: Handover) -> str:
    if name == "CompleteStep":
        return "StepCompleted"
    if name == "HoldKickoff" and handover.state in EARLY:
        return NOT_OPEN
    if handover.held:
        return HELD
    return "KickoffHeld" if name == "HoldKickoff" else "KickoffBooked"
