"""A deal's course as onboarding hears it: the handover as far as the deal's events decide it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checking.data import Body
from tests.chaos.checking.models.course import Course, Led
from tests.chaos.checking.models.handover import THRESHOLD, score

EXPECTED, PREPARED, WON, STOPPED = "expected", "prepared", "won", "stopped"
BEFORE_THE_WIN = frozenset({EXPECTED, PREPARED})
PREPARING = frozenset({"negotiation", "contracting"})
"""Stages at which preparation begins, by the policy of these runs."""


@dataclass
class HandoverCourse(Course):
    """Where the handover stands. `completed`: cycles whose handover told that it was complete, and so was never stopped.

    `cycle`: 0 before there is a handover; `reopened`: the highest that is known to have begun; `package`: version and score of the newest;
    `account`: its id and name; `contacts`: of the win, and those who joined it; None before it.
    """

    completed: frozenset[int] = frozenset()
    cycle: int = 0
    reopened: int = 0
    state: str = EXPECTED
    package: tuple[int, int] | None = None
    account: tuple[str, str | None] = ("", None)
    contacts: list[Any] | None = None
    _led: list[str] = field(default_factory=list)

    def hear(self, name: str, body: Body) -> Led:
        """Leads to events of the handover."""
        self._led = []
        if name == "PackageSubmitted":
            self._score(body)
        elif not self._is_over(body["cycle"]):
            HEARD[name](self, body)
        return tuple(self._led)

    def differences(self, state: Body) -> Iterator[str]:
        """Its cycle and the highest that was reopened; account and contacts, of which it tells nothing."""
        won = state["won"]
        is_ = {
            "cycles": (state["cycle"], state["highest_reopened"]),
            "account": (state["account_id"], state["account_name"]),
            "contacts": None if won is None else won["contacts"],
        }
        must = {"cycles": (self.cycle, self.reopened), "account": self.account, "contacts": self.contacts}
        for name, found in is_.items():
            if found != must[name]:
                yield f"as {name} it has {found!r}, and must have {must[name]!r}"

    def _is_over(self, cycle: int) -> bool:
        return cycle < max(self.cycle, self.reopened)

    def _enter(self, cycle: int) -> None:
        """The handover of that cycle: the one that goes on, or a fresh one, behind the end of the one before."""
        if cycle > self.cycle:
            self._stop()
            self.cycle, self.reopened = cycle, max(cycle, self.reopened)
            self.state, self.contacts = EXPECTED, None

    def _stop(self) -> None:
        if self.state == PREPARED or (self.state == WON and self.cycle not in self.completed):
            self._led.append("HandoverStopped")
            self.state = STOPPED

    def _call(self, body: Body) -> None:
        """The account is called as the event says, where it says so."""
        if account := body.get("account"):
            self.account = account["account_id"], account["name"]
        elif not self.cycle:
            self.account = body["account_id"], None

    # ---- events -----------------------------------------------------------------------------------------------

    def _score(self, body: Body) -> None:
        """A newer version is scored whatever its cycle; only one of a cycle that is not over can begin it."""
        if self.package and self.package[0] >= body["package_version"]:
            return
        if not self._is_over(body["cycle"]):
            self._call(body)
            self._enter(body["cycle"])
        self.package = body["package_version"], score(body["package"])
        self._led.append("PackageScored")

    def near(self, body: Body) -> None:
        """The deal is there, or has come to another stage: preparation may begin."""
        stage = body.get("to_stage") or body.get("stage")
        if stage in PREPARING and (self.state == EXPECTED or body["cycle"] > self.cycle):
            self._call(body)
            self._enter(body["cycle"])
            self._prepare()

    def _prepare(self) -> None:
        self.state = PREPARED
        self._led.append("HandoverPrepared")

    def win(self, body: Body) -> None:
        """Brings the score of its package where onboarding has not heard of the version."""
        if self.state not in BEFORE_THE_WIN and body["cycle"] == self.cycle:
            return
        self._call(body)
        self._enter(body["cycle"])
        version, points = body.get("package_version"), body.get("package_score")
        if version is not None and points is not None and (self.package is None or self.package[0] < version):
            self.package = version, points
        self.state, self.contacts = WON, list(body.get("contacts") or ())
        self._led.append("HandoverOpened")
        waived = any(waiver["condition"] == "package" for waiver in body.get("waivers") or ())
        if not waived and (self.package is None or self.package[1] < THRESHOLD):
            self._led.append("HandoverReturned")

    def lose(self, body: Body) -> None:
        """Ends a preparation; of a deal without a handover there is nothing to stop."""
        if self.cycle and (self.state == PREPARED or body["cycle"] > self.cycle):
            self._call(body)
            self._enter(body["cycle"])
            if self.state == PREPARED:
                self._stop()

    def reopen(self, body: Body) -> None:
        """Everything of the older cycles is over; preparation may begin at once."""
        if body["cycle"] <= max(self.cycle, self.reopened):
            return
        prepares = body.get("stage") in PREPARING
        if prepares or not self.cycle:
            self._call(body)
            self._enter(body["cycle"])
        else:
            self._stop()
            self.reopened = body["cycle"]
        if prepares:
            self._prepare()

    def reassign(self, body: Body) -> None:
        """Another account, or another name of it, in the cycle that is under way."""
        if body["cycle"] == self.cycle:
            self._call(body)

    def join(self, body: Body) -> None:
        """One more of the customer's people; before the win they are the deal's to know."""
        if self.contacts is not None and body["cycle"] == self.cycle and body["contact"] not in self.contacts:
            self.contacts.append(body["contact"])


HEARD: Mapping[str, Callable[[HandoverCourse, Body], None]] = {
    "DealOpened": HandoverCourse.near,
    "DealStageMoved": HandoverCourse.near,
    "DealClosedWon": HandoverCourse.win,
    "DealClosedLost": HandoverCourse.lose,
    "DealReopened": HandoverCourse.reopen,
    "DealReassigned": HandoverCourse.reassign,
    "DealContactAdded": HandoverCourse.join,
}
"""What each event of a deal is to a handover; a package is scored in any cycle."""
