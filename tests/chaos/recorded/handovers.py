"""Ways to break what a handover tells: which event may follow which, by the rules of its states.

For each: words of the violation, an id that must show it, and the events that are told too many, behind a return and a late step.
"""

from typing import Any

from tests.chaos.recorded.breaks import Break
from tests.chaos.recorded.journey import WIN
from tests.chaos.recorded.recording import WON, Recording

Told = tuple[str, dict[str, Any]]
BETTER: Told = ("PackageScored", {"package_version": 1, "score": 80, "threshold": 50})
PREPARED: Told = ("HandoverPrepared", {})
RETURNED: Told = ("HandoverReturned", {})
ACCEPTED: Told = ("HandoverAccepted", {})
PROMISES: Told = ("StepCompleted", {"step": "promises", "informed": []})
PEOPLE: Told = ("StepCompleted", {"step": "significant_people", "informed": []})
BOOKED: Told = ("KickoffBooked", {})
HELD: Told = ("KickoffHeld", {})
COMPLETED: Told = ("HandoverCompleted", {})
STOPPED: Told = ("HandoverStopped", {})
LATE: Told = ("StepOverdue", {"step": "promises", "accountable": "sales_manager"})
UNHELD: Told = ("KickoffOverdue", {"missing": "holding", "accountable": "onboarding_manager"})
UNBETTERED: Told = ("PackageOverdue", {"accountable": "sales_manager"})
NEXT: Told = ("HandoverPrepared", {"cycle": 2})


def tell(*events: Told) -> Break:
    """The handover goes on to tell these, one after the other, each because of a message of its own."""

    def told(recording: Recording) -> None:
        for number, (name, fields) in enumerate(events, 5):
            recording.told("onboarding.events", WON, name, {**WIN, **fields}, f"cause-{number}", number)

    return told


BROKEN: dict[str, tuple[str, str, Break]] = {
    "a preparation after the win": ("HandoverPrepared in state returned", "cause-5", tell(PREPARED)),
    "a package returned twice": ("HandoverReturned in state returned", "cause-5", tell(RETURNED)),
    "a version scored twice": ("version 1 was scored before", "cause-6", tell(BETTER, BETTER)),
    "an acceptance of what was returned": ("HandoverAccepted in state returned", "cause-5", tell(ACCEPTED)),
    "a step done twice": ("promises was done before", "cause-6", tell(PROMISES, PROMISES)),
    "a step done when nothing was under way": ("nothing is under way", "cause-6", tell(STOPPED, PROMISES)),
    "a kick-off booked after it was held": ("KickoffBooked in state returned: it was held before", "cause-6", tell(HELD, BOOKED)),
    "a kick-off held twice": ("KickoffHeld in state returned: it was held before", "cause-6", tell(HELD, HELD)),
    "a completion of what is not complete": ("something is left to be done", "cause-5", tell(COMPLETED)),
    "a handover stopped twice": ("HandoverStopped in state stopped", "cause-6", tell(STOPPED, STOPPED)),
    "a step late twice": ("step_promises overdue in state returned", "cause-5", tell(LATE)),
    "a kick-off late that was held": ("kickoff_holding overdue in state returned: it is not owed", "cause-6", tell(HELD, UNHELD)),
    "a package late that was bettered": ("package overdue in state open: it is not owed", "cause-6", tell(BETTER, UNBETTERED)),
    "a cycle that begins before the last one was stopped": ("the one before was not stopped", "cause-5", tell(NEXT)),
    "an event of a cycle that is over": ("it is of cycle 1, and cycle 2 has begun", "cause-7", tell(STOPPED, NEXT, PROMISES)),
    "a handover that has everything and goes on": (
        "everything was there, and it was not completed first",
        "cause-10",
        tell(BETTER, ACCEPTED, PROMISES, PEOPLE, HELD, BOOKED),
    ),
}
