"""A deal's course as each service hears it: which of the deal's events still act, what must follow from them, and what is known at the end.

Events come in whatever order. Cycles and versions decide: what is of a cycle that is over, or of a version that is not newer, does not act.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.checking.data import Body
from tests.chaos.checking.models.hearing import hear

Led = tuple[str, ...] | None
"""Names of the messages that an event must lead to; of one that does not act, or only teaches, there are none. None: others know them."""


class Course(ABC):
    """What one service has heard of one deal on one topic."""

    def take(self, name: str, body: Body) -> Led:
        """The next event; what it must lead to. One that names no cycle is of the first: those who know what told it report it."""
        return self.hear(name, {"cycle": 1, "account_id": "", **body})

    @abstractmethod
    def hear(self, name: str, body: Body) -> Led:
        """As `take`, of an event that names its cycle."""

    def differences(self, state: Body) -> Iterator[str]:
        """Where what is stored is not what was heard."""
        yield from ()


@dataclass
class NewsCourse(Course):
    """Notifications on the events of deals. `cycle`: the highest heard of, 0 where the deal is not known; `account`: its name."""

    cycle: int = 0
    account: str | None = None

    def hear(self, name: str, body: Body) -> Led:
        """A win is known from its own news on or from that of its reopening; both raise the cycle, another account does not."""
        if body["cycle"] < self.cycle or (name == "DealReassigned" and not self.cycle):
            return ()
        if name == "DealReopened" and body.get("was") != "won":
            return ()
        if name != "DealReassigned":
            self.cycle = body["cycle"]
        if name != "DealReopened":
            self.account = body["account"]["name"]
        return ("NotifyRecipient",) * len(hear(name, body) or ())

    def differences(self, state: Body) -> Iterator[str]:
        """Of a deal that is known."""
        for name, found, must in (("cycle", state["cycle"], self.cycle), ("account", state["account_name"], self.account)):
            if self.cycle and found != must:
                yield f"as {name} it has {found!r}, and must have {must!r}"


@dataclass
class CycleCourse(Course):
    """Feedback on either of its topics: only what begins a cycle that is newer than those before acts."""

    cycle: int = 0

    def hear(self, name: str, body: Body) -> Led:
        """What follows depends on the other topic too, between which there is no order."""
        if body["cycle"] <= self.cycle:
            return ()
        self.cycle = body["cycle"]
        return None
