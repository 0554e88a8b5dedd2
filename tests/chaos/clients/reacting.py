"""Those who act on what they hear: the receivers of a handover, and the customers who are asked for feedback.

What one of them does is drawn from the seed and the deal, so that it does not depend on the order in which the news comes.
"""

import random
import time
from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from tests.chaos.clients.client import Client
from tests.chaos.clients.deals import Scripts
from tests.chaos.clients.following import Follower
from tests.chaos.clients.operations import Ask, OperationLog
from tests.chaos.clients.people import CSM
from tests.chaos.world import World

ROLES = {"significant_people": "sales_rep", "promises": "sales_manager", "customer_tasks": "onboarding_rep"}
LATEST = 5.0
"""Seconds within which a plan is carried out."""
Plan = Iterable[tuple[float, Ask]]


class Reacting(Client):
    """Hears events of a topic, and does some time later what it plans then."""

    pause = 0.05
    topic = ""

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._follower = Follower(world, self.topic)
        self._due: list[tuple[float, int, Ask]] = []
        self._planned = 0

    def run(self) -> None:
        """As every client; the consumer is closed behind it."""
        super().run()
        self._follower.close()

    def act(self) -> None:
        """Plan for what is new, and do what is due."""
        for kind, event in self._follower.fresh():
            draw = random.Random(f"{self.world.seed}:{self.name}:{kind}:{event.get('deal_id')}:{event.get('cycle')}:{self.of(event)}")
            for delay, ask in self.plan(kind, event, draw):
                self._planned += 1
                heappush(self._due, (time.monotonic() + delay, self._planned, ask))
        while self._due and self._due[0][0] <= time.monotonic() and not self.over.is_set():
            self.ask(heappop(self._due)[2])

    def of(self, event: dict[str, Any]) -> str:
        """What tells two events of one deal, cycle and type apart."""
        return ""

    @abstractmethod
    def plan(self, kind: str, event: dict[str, Any], draw: random.Random) -> Plan:
        """What follows from the event, each with its delay in seconds."""


class Receiver(Reacting):
    """Accepts or returns the package, completes steps, books and holds the kick-off; betters what was returned."""

    topic = "onboarding.events"

    def plan(self, kind: str, event: dict[str, Any], draw: random.Random) -> Plan:
        """As above."""
        deal_id = event.get("deal_id", "")
        if kind == "onboarding.HandoverPrepared.v1" and draw.random() < 0.3:
            yield draw.uniform(0, LATEST), self._step(deal_id, "promises", draw)
        elif kind == "onboarding.HandoverReturned.v1" and draw.random() < 0.6:
            yield draw.uniform(0, LATEST), Scripts(draw, f"{self.name}-{deal_id}").package(deal_id, good=True)
        elif kind == "onboarding.HandoverOpened.v1":
            yield from self._receive(deal_id, draw)

    def _receive(self, deal_id: str, draw: random.Random) -> Plan:
        now = datetime.now(UTC)
        if draw.random() < 0.2:
            yield draw.uniform(0, LATEST), Ask("onboarding", "ReturnHandover", deal_id, {"deal_id": deal_id, "reason": "not enough"}, CSM)
        asks = [Ask("onboarding", "AcceptHandover", deal_id, {"deal_id": deal_id}, CSM if draw.random() < 0.9 else None)]
        asks += [self._step(deal_id, step, draw) for step in ROLES]
        asks += [Ask("onboarding", "BookKickoff", deal_id, {"deal_id": deal_id, "at": (now + timedelta(days=2)).isoformat()})]
        asks += [Ask("onboarding", "HoldKickoff", deal_id, {"deal_id": deal_id, "held_at": now.isoformat()})]
        yield from ((draw.uniform(0, LATEST), ask) for ask in asks if draw.random() < 0.9)

    def _step(self, deal_id: str, step: str, draw: random.Random) -> Ask:
        role = ROLES[step] if draw.random() < 0.95 else "cs_executive"  # who may not say so
        return Ask("onboarding", "CompleteStep", deal_id, {"deal_id": deal_id, "step": step, "role": role})


class Customer(Reacting):
    """Answers most surveys, some after the reminder, some twice and otherwise."""

    topic = "feedback.events"

    def of(self, event: dict[str, Any]) -> str:
        """Each person decides by themselves."""
        return f"{event.get('respondent_id')}:{event.get('reminder')}"

    def plan(self, kind: str, event: dict[str, Any], draw: random.Random) -> Plan:
        """As above."""
        if kind != "feedback.SurveyInvited.v1" or draw.random() < 0.4:
            return
        fields = {name: event[name] for name in ("deal_id", "survey_id", "respondent_id")}
        score = draw.randrange(11)
        yield draw.uniform(0, 2), Ask("feedback", "AnswerSurvey", event["deal_id"], {**fields, "score": score})
        if draw.random() < 0.15:
            yield draw.uniform(0, 3), Ask("feedback", "AnswerSurvey", event["deal_id"], {**fields, "score": 10 - score})
