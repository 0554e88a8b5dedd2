"""Systems that stand in for ours with several events of every deal, and keep no order: within a topic, or between topics.

What is disturbed is only when an event is sent. Each has its own id, says what it would say in order, and is sent sooner or later.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.chaos.clients.client import Client
from tests.chaos.clients.deals import CONFIRMING
from tests.chaos.clients.following import Follower
from tests.chaos.clients.operations import ACKNOWLEDGED, Ask, OperationLog
from tests.chaos.clients.people import CONTACT_ROLES, CONTACTS
from tests.chaos.clients.publishing import Outgoing
from tests.chaos.world import World

AT_ONCE = 4
CHUNK = 3
"""Events of one deal that are sent together, at most."""
LATE = 0.4
"""How likely an event is to be held back."""
FAR = 12
"""Events that one which is held back lets pass, at most: more than a cycle has."""
REPEATED = 0.1
Fact = tuple[str, str, dict[str, Any]]
"""Service, name of the type, content."""


def disturbed(draw: random.Random, facts: Sequence[Fact]) -> list[Fact]:
    """The same facts in an order in which some come after those that they came before."""
    places = [place + (draw.uniform(1, FAR) if draw.random() < LATE else 0) for place in range(len(facts))]
    return [facts[index] for index in sorted(range(len(facts)), key=places.__getitem__)]


class Sending(Client):
    """Has several deals under way; what the broker may not have taken goes out again before anything else."""

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._left: list[Outgoing] = []

    def send(self, records: Iterable[Outgoing]) -> None:
        """Send them behind what is left of the last time."""
        self._left = self.publish([*self._left, *records])

    def fact(self, fact: Fact) -> Outgoing:
        """The event as this system publishes it, under its own source."""
        service, name, body = fact
        value = json.dumps(body).encode()
        return Outgoing.event(f"{service}.events", body["deal_id"], f"{service}.{name}.v1", value, self.next_id(), f"/chaos/{self.name}")


class StandIn(Sending):
    """Stands in for deals, and for onboarding and feedback beside ours: wins, losses, reopenings, packages, completed handovers."""

    pause = 0.15

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._follower = Follower(world, "onboarding.events")
        self._deals: list[list[Outgoing]] = []
        self._told: list[Outgoing] = []
        self._begun = 0

    def run(self) -> None:
        """As every client; what is held back is sent at the end, since a cycle whose reopening never comes is no cycle."""
        super().run()
        try:
            self.send(record for deal in self._deals for record in deal)
        finally:
            self._follower.close()

    def act(self) -> None:
        """A few events of a deal; an unhappy answer where something was handed over; now and then an event once more."""
        while len(self._deals) < AT_ONCE:
            self._begun += 1
            facts = disturbed(self.draw, list(self._life(f"{self.name}-deal-{self._begun}")))
            self._deals.append([self.fact(fact) for fact in facts])
        deal = self.draw.choice(self._deals)
        chunk = [deal.pop(0) for _ in range(min(len(deal), self.draw.randint(1, CHUNK)))]
        self._deals = [one for one in self._deals if one]
        if self._told and self.draw.random() < REPEATED:
            chunk.append(self.draw.choice(self._told))
        self._told = [*self._told, *chunk][-50:]
        self.send([*chunk, *self._unhappy()])

    # ---- what happened, in order ------------------------------------------------------------------------------

    def _life(self, deal_id: str) -> Iterator[Fact]:
        cycles = self.draw.choice((1, 2, 2, 3))
        yield self._deal("DealOpened", deal_id, 1, account=self._account(deal_id, 0), stage="proposal", owner_id="owner-1")
        version = 0
        for cycle in range(1, cycles + 1):
            for _ in range(self.draw.choice((1, 2, 3))):
                version += 1
                yield self._package(deal_id, cycle, version)
            yield from self._sale(deal_id, cycle, lost=cycle < cycles and self.draw.random() < 0.3)

    def _sale(self, deal_id: str, cycle: int, *, lost: bool) -> Iterator[Fact]:
        """The rest of a cycle; and the beginning of the next where this one was lost or undone."""
        stage = self.draw.choice(("negotiation", "contracting", "engaging"))
        accounts = (self._account(deal_id, 10 * cycle + n) for n in range(9))
        moved = {"from_stage": "proposal", "to_stage": stage, "owner_id": "owner-1"}
        yield self._deal("DealStageMoved", deal_id, cycle, **moved, account=next(accounts))
        yield self._deal("DealReassigned", deal_id, cycle, account=next(accounts), owner_id=f"owner-{cycle}")
        if cycle > 1:
            yield self._reopened(deal_id, cycle)
        ending = {"account": next(accounts), "owner_id": "owner-1", "closed_on": "2026-02-03"}
        if lost:
            yield self._deal("DealClosedLost", deal_id, cycle, **ending)
            return
        yield self._deal("DealClosedWon", deal_id, cycle, **ending, contacts=[self._contact()])
        yield self._deal("DealContactAdded", deal_id, cycle, contact=self._contact())
        yield self._deal("DealReassigned", deal_id, cycle, account=next(accounts), owner_id=f"owner-{cycle}")
        if self.draw.random() < 0.5:
            yield "onboarding", "HandoverReturned", self._about(deal_id, cycle) | {"package_version": None, "returned_by": "policy"}
        completed = {"account_name": deal_id, "completed_on": "2026-02-20", "days_from_win": 17, "contacts": [self._contact()]}
        yield "onboarding", "HandoverCompleted", self._about(deal_id, cycle) | completed

    def _reopened(self, deal_id: str, cycle: int) -> Fact:
        reason = {"person_id": "nobody-of-ours", "sealed": "bm90aGluZyB0aGF0IGFueWJvZHkgY2FuIG9wZW4="}
        stage = self.draw.choice(("negotiation", "engaging"))
        more = {"reopened_by": "manager", "reason": reason, "was": "won", "stage": stage, "at": datetime.now(UTC).isoformat()}
        return self._deal("DealReopened", deal_id, cycle, **more)

    def _package(self, deal_id: str, cycle: int, version: int) -> Fact:
        content: dict[str, Any] = {"solution_document": f"https://documents.example.com/{deal_id}/{version}"}
        if self.draw.random() < 0.5:
            content["stakeholders"] = [{"person_id": contact, "role": "champion"} for contact in CONTACTS[:2]]
        return self._deal("PackageSubmitted", deal_id, cycle, package_version=version, package=content, submitted_by="owner-1")

    def _unhappy(self) -> Iterator[Outgoing]:
        """Answers about handovers that ours has told of: of the cycle that it told of, or of another."""
        for kind, event in self._follower.fresh():
            deal_id = str(event.get("deal_id"))
            draw = random.Random(f"{self.world.seed}:{self.name}:{deal_id}:{event.get('cycle')}")
            if kind == "onboarding.HandoverOpened.v1" and deal_id.startswith(f"{self.name}-deal-") and draw.random() < 0.4:
                about = self._about(deal_id, max(1, event["cycle"] + draw.choice((-1, 0, 0, 1))))
                about |= {"survey_id": f"{deal_id}-{event['cycle']}", "respondent_id": CONTACTS[0], "score": 3}
                yield self.fact(("feedback", "DetractorRaised", about))

    def _deal(self, name: str, deal_id: str, cycle: int, **more: Any) -> Fact:
        return "deals", name, self._about(deal_id, cycle) | more

    def _about(self, deal_id: str, cycle: int) -> dict[str, Any]:
        return {"deal_id": deal_id, "account_id": "account-0", "cycle": cycle}

    def _account(self, deal_id: str, n: int) -> dict[str, Any]:
        """Called otherwise each time, so that the last word on it shows."""
        return {"account_id": "account-0", "name": f"Customer of {deal_id}, {n}"}

    def _contact(self) -> dict[str, Any]:
        return {"person_id": self.draw.choice(CONTACTS), "role": self.draw.choice(CONTACT_ROLES)}


class Scorer(Sending):
    """Scores the packages of deals of ours, as another system beside onboarding does: always the newest version first.

    Its scores are those that onboarding gives. Which of the two is heard first, and before or behind the package, is chance.
    """

    pause = 0.5
    versions = 3

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._queue: list[Outgoing] = []
        self._begun = 0

    def act(self) -> None:
        """A deal is opened; or the next record about one goes out, once the broker has the one before."""
        if not self._queue:
            self._open()
        elif self._left:
            self.send([])
        else:
            self.send([self._queue.pop(0)])

    def _open(self) -> None:
        """What is scored before it is opened is refused: only a deal that certainly is there is scored."""
        self._begun += 1
        deal_id = f"{self.name}-deal-{self._begun}"
        body = {
            "deal_id": deal_id,
            "account": {"account_id": "account-1", "name": deal_id},
            "owner_id": "owner-1",
            "opened_on": "2026-01-05",
        }
        if self.caller.ask(Ask("deals", "OpenDeal", deal_id, body), self.next_id()) != ACKNOWLEDGED:
            return
        package = {
            "solution_document": "https://documents.example.com/",
            "stakeholders": [{"person_id": c, "role": "champion"} for c in CONTACTS[:2]],
        }
        asks = [Ask("deals", "SubmitPackage", deal_id, {"deal_id": deal_id, "package": package}) for _ in range(self.versions)]
        asks += [Ask("deals", name, deal_id, {"deal_id": deal_id}) for name in (*CONFIRMING, "CloseDeal")]
        scores = [self.fact(self._score(deal_id, version)) for version in range(self.versions, 0, -1)]
        self._queue = list(self._merged(scores, [self.record(ask, self.next_id()) for ask in asks]))

    def _merged(self, *queues: list[Outgoing]) -> Iterator[Outgoing]:
        """All of them, each queue in its order."""
        while left := [queue for queue in queues if queue]:
            yield self.draw.choice(left).pop(0)

    def _score(self, deal_id: str, version: int) -> Fact:
        gap = {"section": "perceptions", "detail": "missing", "weight": 10}
        score = {"package_version": version, "score": 90, "threshold": 50, "gaps": [gap]}
        return "onboarding", "PackageScored", {"deal_id": deal_id, "account_id": "account-1", "cycle": 1} | score
