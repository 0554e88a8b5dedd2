"""The course of a handover as far as the events of its deal decide it; these come in the deal's order, and nothing else can change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checking.models.handover import THRESHOLD, score

Body = Mapping[str, Any]
EXPECTED, PREPARED, WON, STOPPED = "expected", "prepared", "won", "stopped"
PREPARING = frozenset({"negotiation", "contracting"})
"""Stages at which preparation begins, by the policy of these runs."""
TAKEN = frozenset(
    (
        *("DealOpened", "DealStageMoved", "PackageSubmitted", "DealClosedWon", "DealClosedLost", "DealReopened", "DealReassigned"),
        "DealContactAdded",
    )
)


@dataclass
class Course:
    """Where the handover stands. `completed`: cycles whose handover told that it was complete, and so was never stopped.

    `cycle`: 0 before there is a handover; `reopened`: the highest that is known to have begun; `package`: version and score of the newest.
    """

    completed: frozenset[int] = frozenset()
    cycle: int = 0
    reopened: int = 0
    state: str = EXPECTED
    package: tuple[int, int] | None = None
    account: tuple[str, str | None] = ("", None)
    contacts: set[tuple[str, str]] | None = None
    told: list[str] = field(default_factory=list)

    def take(self, name: str, body: Body) -> list[str]:
        """The deal's next event; returns the events of the handover that must follow from it."""
        self.told = []
        body = {"cycle": 1, "account_id": "", **body}  # one that lacks them is reported by those who know what told it
        if name == "DealContactAdded":
            self._contact(body)
        elif name == "PackageSubmitted":
            self._score(body)
        elif name == "DealReopened":
            self._reopen(body)
        elif body["cycle"] >= max(self.cycle, self.reopened):
            self._go_on(name, body)
        return self.told

    def _go_on(self, name: str, body: Body) -> None:
        """An event of a cycle that is not over."""
        stage = body.get("to_stage") or body.get("stage")
        if name in ("DealOpened", "DealStageMoved") and stage in PREPARING:
            if self.state == EXPECTED or body["cycle"] > self.cycle:
                self._begin(body)
                self._prepare()
                self._call(body)
        elif name == "DealClosedWon":
            if self.state in (EXPECTED, PREPARED) or body["cycle"] > self.cycle:
                self._begin(body)
                self._win(body)
        elif name == "DealClosedLost" and self.cycle:
            self._lose(body)
        elif name == "DealReassigned" and body["cycle"] == self.cycle:
            self._call(body)

    def _begin(self, body: Body) -> None:
        """The handover of the event's cycle, which may be the one that goes on."""
        if body["cycle"] > self.cycle:
            if not self.cycle:
                self.account = body["account_id"], None
            self._stop()
            self.cycle, self.reopened = body["cycle"], max(body["cycle"], self.reopened)
            self.state, self.contacts = EXPECTED, None

    def _stop(self) -> None:
        if self.state == PREPARED or (self.state == WON and self.cycle not in self.completed):
            self.told.append("HandoverStopped")
            self.state = STOPPED

    def _prepare(self) -> None:
        self.state = PREPARED
        self.told.append("HandoverPrepared")

    def _call(self, body: Body) -> None:
        """The account is called as the event says, where it says so."""
        if account := body.get("account"):
            self.account = account["account_id"], account["name"]

    def _win(self, body: Body) -> None:
        self._call(body)
        version, points = body.get("package_version"), body.get("package_score")
        if version is not None and points is not None and (self.package is None or self.package[0] < version):
            self.package = version, points
        self.state = WON
        self.contacts = {(contact["person_id"], contact["role"]) for contact in body.get("contacts") or ()}
        self.told.append("HandoverOpened")
        waived = any(waiver["condition"] == "package" for waiver in body.get("waivers") or ())
        if not waived and (self.package is None or self.package[1] < THRESHOLD):
            self.told.append("HandoverReturned")

    def _lose(self, body: Body) -> None:
        if self.state == PREPARED or body["cycle"] > self.cycle:
            self._begin(body)
            self._call(body)
            if self.state == PREPARED:
                self._stop()

    def _score(self, body: Body) -> None:
        """A version is scored whatever its cycle; only one of a cycle that is not over can begin it."""
        if self.package and self.package[0] >= body["package_version"]:
            return
        if body["cycle"] >= max(self.cycle, self.reopened):
            self._begin(body)
        self.package = body["package_version"], score(body["package"])
        self.told.append("PackageScored")

    def _reopen(self, body: Body) -> None:
        known = max(self.cycle, self.reopened)
        if body["cycle"] <= known:
            return
        if body.get("stage") in PREPARING:
            self._begin(body)
            self._prepare()
        elif not self.cycle:
            self._begin(body)
        else:
            self._stop()
            self.reopened = body["cycle"]

    def _contact(self, body: Body) -> None:
        """One more of the customer's people; before the win they are the deal's to know."""
        if self.contacts is not None and body["cycle"] == self.cycle:
            self.contacts.add((body["contact"]["person_id"], body["contact"]["role"]))
