"""A handover as its events tell it: which may follow which, and the state that they add up to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.chaos.checking.data import Body

REQUIRED = frozenset({"significant_people", "promises"})
"""Steps without which no handover is complete, by the policy of these runs."""
WEIGHTS = {"solution_document": 40, "perceptions": 10}
STAKEHOLDERS, AT_LEAST, THRESHOLD = 50, 2, 50
RUNNING = frozenset({"prepared", "open", "returned", "accepted"})
LATE = frozenset({"open", "returned", "accepted"})


@dataclass
class Handover:
    """The fold. `wrong`: events that could not follow."""

    cycle: int = 1
    state: str = "expected"
    version: int = 0
    returns: int = 0
    steps: set[str] = field(default_factory=set)
    held: bool = False
    booked: bool = False
    overdue: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything is there that completes a handover."""
        return self.state == "accepted" and self.held and self.steps >= REQUIRED

    def take(self, name: str, body: Body) -> None:
        """The next event."""
        if self.is_complete and name != "HandoverCompleted":
            self._demand(False, name, "everything was there, and it was not completed first")
        cycle = body.get("cycle", self.cycle)
        if cycle > self.cycle:
            self._begin(cycle)
        elif cycle < self.cycle:
            self._demand(False, name, f"it is of cycle {cycle}, and cycle {self.cycle} has begun")
        if taken := TAKEN.get(name):
            taken(self, body)

    def _begin(self, cycle: int) -> None:
        self._demand(self.state not in RUNNING, "a new cycle", "the one before was not stopped")
        fresh = Handover(cycle=cycle, version=self.version, wrong=self.wrong)
        self.__dict__.update(fresh.__dict__)

    def _demand(self, true: bool, name: str, why: str) -> None:
        if not true:
            self.wrong.append(f"{name} in state {self.state}: {why}")

    def _from(self, name: str, states: frozenset[str], to: str) -> None:
        self._demand(self.state in states, name, f"follows {' or '.join(sorted(states))}")
        self.state = to

    # ---- events -----------------------------------------------------------------------------------------------

    def prepared(self, body: Body) -> None:
        """Preparation began."""
        self._from("HandoverPrepared", frozenset({"expected"}), "prepared")

    def opened(self, body: Body) -> None:
        """The deal was won."""
        self._from("HandoverOpened", frozenset({"expected", "prepared"}), "open")

    def returned(self, body: Body) -> None:
        """The package was given back."""
        self._from("HandoverReturned", frozenset({"open"}), "returned")
        self.returns += 1
        self.overdue.discard("package")

    def scored(self, body: Body) -> None:
        """A version was scored, which may open a returned handover again."""
        self._demand(body["package_version"] > self.version, "PackageScored", f"version {self.version} was scored before")
        self.version = body["package_version"]
        if self.state == "returned" and body["score"] >= body["threshold"]:
            self.state = "open"
            self.overdue.discard("package")

    def accepted(self, body: Body) -> None:
        """The receiver took it."""
        self._from("HandoverAccepted", frozenset({"open"}), "accepted")

    def step(self, body: Body) -> None:
        """A step was done."""
        self._demand(body["step"] not in self.steps, "StepCompleted", f"{body['step']} was done before")
        self._demand(self.state in RUNNING or self.state == "completed", "StepCompleted", "nothing is under way")
        self.steps.add(body["step"])
        self.overdue.discard(f"step_{body['step']}")

    def booking(self, body: Body) -> None:
        """The kick-off has a time."""
        self._demand(not self.held, "KickoffBooked", "it was held before")
        self.booked = True
        self.overdue.discard("kickoff_booking")

    def holding(self, body: Body) -> None:
        """The kick-off took place."""
        self._demand(not self.held, "KickoffHeld", "it was held before")
        self.held = True
        self.overdue -= {"kickoff_booking", "kickoff_holding"}

    def completed(self, body: Body) -> None:
        """Nothing is left."""
        self._demand(self.is_complete, "HandoverCompleted", "something is left to be done")
        self.state, self.overdue = "completed", set()

    def stopped(self, body: Body) -> None:
        """It ended without completion."""
        self._from("HandoverStopped", RUNNING, "stopped")
        self.overdue = set()

    def late_step(self, body: Body) -> None:
        """A step is late, for the first time."""
        self._late(f"step_{body['step']}", body["step"] not in self.steps)

    def late_kickoff(self, body: Body) -> None:
        """The kick-off is late."""
        owed = not self.held and not (body["missing"] == "booking" and self.booked)
        self._late(f"kickoff_{body['missing']}", owed)

    def late_package(self, body: Body) -> None:
        """A better package is late."""
        self._late("package", self.state == "returned")

    def _late(self, name: str, owed: bool) -> None:
        self._demand(self.state in LATE and owed, f"{name} overdue", "it is not owed")
        self._demand(name not in self.overdue, f"{name} overdue", "that was told before")
        self.overdue.add(name)


TAKEN: Mapping[str, Callable[[Handover, Body], None]] = {
    "HandoverPrepared": Handover.prepared,
    "HandoverOpened": Handover.opened,
    "HandoverReturned": Handover.returned,
    "PackageScored": Handover.scored,
    "HandoverAccepted": Handover.accepted,
    "StepCompleted": Handover.step,
    "KickoffBooked": Handover.booking,
    "KickoffHeld": Handover.holding,
    "HandoverCompleted": Handover.completed,
    "HandoverStopped": Handover.stopped,
    "StepOverdue": Handover.late_step,
    "KickoffOverdue": Handover.late_kickoff,
    "PackageOverdue": Handover.late_package,
}


def score(package: Body) -> int:
    """Points of a handover package by the policy of these runs."""
    people = {contact["person_id"] for contact in package.get("stakeholders") or ()}
    points = STAKEHOLDERS * min(len(people), AT_LEAST) // AT_LEAST
    return points + sum(weight for section, weight in WEIGHTS.items() if package.get(section) is not None)


def differences(handover: Handover, state: Body) -> Iterator[str]:
    """Where a stored handover is not the one of the fold; in a later cycle than it, nothing has been told yet."""
    if state["cycle"] > handover.cycle:
        return
    is_ = {
        "cycle": state["cycle"],
        "state": state["state"],
        "version": state["package"]["version"] if state["package"] else 0,
        "returns": state["returns"],
        "steps": set(state["steps"]),
        "held": state["kickoff"]["held_at"] is not None,
        "booked": state["kickoff"]["at"] is not None,
        "overdue": set(state["overdue"]),
    }
    for name, found in is_.items():
        if found != getattr(handover, name):
            yield f"{name} is {found!r} and must be {getattr(handover, name)!r}"
