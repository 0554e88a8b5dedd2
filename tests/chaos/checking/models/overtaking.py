"""What a service makes of a deal's events in whatever order they come: which of them still act, and what is known behind the last.

Cycles and versions decide. What is of a cycle that is over, or of a version that is not newer, changes nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]
PREPARING = frozenset({"negotiation", "contracting"})
"""Stages at which a handover begins to be prepared, by the policy of these runs."""
BEFORE_THE_WIN = frozenset({"expected", "prepared"})


class Course(ABC):
    """What one service has heard of one deal on one topic."""

    @abstractmethod
    def take(self, name: str, body: Body) -> bool:
        """The next event; whether it acts."""

    def differences(self, state: Body) -> Iterator[str]:
        """Where what is stored is not what was heard last."""
        yield from ()


@dataclass
class HandoverCourse(Course):
    """Onboarding on the events of deals. `cycle`: of the handover, 0: there is none; `reopened`: the highest that was reopened."""

    cycle: int = 0
    reopened: int = 0
    version: int = 0
    state: str = "expected"
    account: str | None = None
    contacts: list[Any] = field(default_factory=list)

    def take(self, name: str, body: Body) -> bool:
        """As above."""
        if name == "PackageSubmitted":
            return self._scores(body)
        if self._is_past(body["cycle"]):
            return False
        if name in ("DealOpened", "DealStageMoved"):
            return self._prepares(body["stage"] if name == "DealOpened" else body["to_stage"], body)
        taken = {"DealClosedWon": self._opens, "DealClosedLost": self._stops, "DealReopened": self._begins_anew}.get(name)
        return taken(body) if taken else self._follows(name, body)

    def differences(self, state: Body) -> Iterator[str]:
        """Of the cycle that has begun last."""
        if state["cycle"] != self.cycle or self.cycle < self.reopened:
            return
        if state["account_name"] != self.account:
            yield f"the account is called {state['account_name']!r}, and was last called {self.account!r}"
        if state["won"] is not None and (found := state["won"]["contacts"]) != self.contacts:
            yield f"the contacts are {found}, and must be {self.contacts}"

    def _is_past(self, cycle: int) -> bool:
        return cycle < max(self.cycle, self.reopened)

    def _enter(self, cycle: int) -> None:
        if cycle != self.cycle:
            self.cycle, self.reopened, self.state, self.contacts = cycle, max(cycle, self.reopened), "expected", []

    def _scores(self, body: Body) -> bool:
        """Versions go on counting when a deal is reopened: a newer one is scored whatever its cycle."""
        if body["package_version"] <= self.version:
            return False
        self.version = body["package_version"]
        if not self._is_past(body["cycle"]):
            self._enter(body["cycle"])
        return True

    def _prepares(self, stage: str, body: Body) -> bool:
        if stage not in PREPARING:
            return False
        self._enter(body["cycle"])
        if self.state != "expected":
            return False
        self.state, self.account = "prepared", body["account"]["name"]
        return True

    def _opens(self, body: Body) -> bool:
        """A win brings the score of its package where onboarding has not heard of the version."""
        self._enter(body["cycle"])
        if self.state not in BEFORE_THE_WIN:
            return False
        if body.get("package_version") is not None and body.get("package_score") is not None:
            self.version = max(self.version, body["package_version"])
        self.state, self.account, self.contacts = "won", body["account"]["name"], list(body.get("contacts") or ())
        return True

    def _stops(self, body: Body) -> bool:
        begins = 0 < self.cycle < body["cycle"]
        if not begins and not (self.cycle and self.state == "prepared"):
            return False
        self._enter(body["cycle"])
        self.account = body["account"]["name"]
        if not begins:
            self.state = "stopped"
        return True

    def _begins_anew(self, body: Body) -> bool:
        cycle = body["cycle"]
        if self.cycle and cycle == max(self.cycle, self.reopened):
            return False
        if not self.cycle or body["stage"] in PREPARING:
            self._enter(cycle)
            self.state = "prepared" if body["stage"] in PREPARING else "expected"
        else:
            self.reopened, self.state = cycle, "stopped"
        return True

    def _follows(self, name: str, body: Body) -> bool:
        """Another account, or a contact that joins after the win; of the cycle that is under way."""
        if body["cycle"] != self.cycle:
            return False
        if name == "DealReassigned":
            self.account = body["account"]["name"]
        elif name == "DealContactAdded" and self.state == "won" and body["contact"] not in self.contacts:
            self.contacts.append(body["contact"])
        return True


@dataclass
class NewsCourse(Course):
    """Notifications on the events of deals. `cycle`: the highest heard of, 0 where the deal is not known."""

    cycle: int = 0
    account: str | None = None

    def take(self, name: str, body: Body) -> bool:
        """A win is known from its own news on or from that of its reopening; both raise the cycle, another account does not."""
        if body["cycle"] < self.cycle or (name == "DealReassigned" and not self.cycle):
            return False
        if name == "DealReopened" and body["was"] != "won":
            return False
        if name != "DealReassigned":
            self.cycle = body["cycle"]
        if name != "DealReopened":
            self.account = body["account"]["name"]
        return True

    def differences(self, state: Body) -> Iterator[str]:
        """As above."""
        for name, found, must in (("cycle", state["cycle"], self.cycle), ("account", state["account_name"], self.account)):
            if self.cycle and found != must:
                yield f"its {name} is {found!r}, and was last {must!r}"


@dataclass
class CycleCourse(Course):
    """Feedback on either of its topics: only what begins a cycle that is newer than those before."""

    cycle: int = 0

    def take(self, name: str, body: Body) -> bool:
        """As above."""
        if body["cycle"] <= self.cycle:
            return False
        self.cycle = body["cycle"]
        return True
