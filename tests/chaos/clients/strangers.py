"""Programs that stand in for a service: wins, handovers and scores of deals that only they know, twice, late and out of order."""

import json
from itertools import count
from typing import Any

from chassis.placing import partition_of
from tests.chaos.clients.client import Client
from tests.chaos.clients.operations import OperationLog
from tests.chaos.clients.people import CONTACT_ROLES, CONTACTS
from tests.chaos.clients.publishing import Outgoing, Publisher
from tests.chaos.world import World

LATE = 6
"""Events that are kept back before they are sent, in another order."""


class Stranger(Client):
    """Publishes events of its own deals on the topics of deals and of onboarding; all its events of one deal in order."""

    pause = 0.4

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._kept: list[Outgoing] = []
        self._told: list[Outgoing] = []
        self._begun = 0
        self._used = ""

    def act(self) -> None:
        """One more event is ready; some go out, of different deals in any order; some go out once more."""
        self._kept.append(self._next())
        if len(self._kept) < LATE and self.draw.random() < 0.7:
            return
        self.draw.shuffle(self._kept)
        batch, self._kept = self._kept, []
        if self._told and self.draw.random() < 0.5:
            batch.append(self.draw.choice(self._told))
        self._told = [*self._told, *batch][-50:]
        self.publish(batch)

    def _next(self) -> Outgoing:
        self._begun += 1
        deal_id = f"{self.name}-deal-{self._begun}"
        chance = self.draw.random()
        if chance < 0.5:
            return self._event("deals", "DealClosedWon", deal_id, self._win(deal_id))
        if chance < 0.8:
            return self._perhaps_of_a_branch(self._event("onboarding", "HandoverCompleted", deal_id, self._completed(deal_id)))
        score = {"package_version": 1, "score": 80, "threshold": 50}
        return self._event("onboarding", "PackageScored", deal_id, self._about(deal_id) | score)  # nobody opened this deal

    def _perhaps_of_a_branch(self, event: Outgoing) -> Outgoing:
        """Now and then under the id of an earlier one: ids are unique within their source only, and then it has another source."""
        known, branch = self._used, self.draw.random() < 0.4
        self._used = "" if known and branch else event.id
        if not (known and branch):
            return event
        return Outgoing.event(event.topic, str(event.key), event.type, event.value, known, f"{event.source}/branch")

    def _win(self, deal_id: str) -> dict[str, Any]:
        account = {"account_id": "account-0", "name": f"Customer of {deal_id}"}
        return self._about(deal_id) | {"account": account, "owner_id": "owner-1", "closed_on": "2026-02-03"}

    def _completed(self, deal_id: str) -> dict[str, Any]:
        contacts = [{"person_id": self.draw.choice(CONTACTS), "role": self.draw.choice(CONTACT_ROLES)} for _ in range(2)]
        completed = {"account_name": f"Customer of {deal_id}", "completed_on": "2026-02-20", "days_from_win": 17}
        return self._about(deal_id) | completed | {"contacts": contacts}

    def _about(self, deal_id: str) -> dict[str, Any]:
        return {"deal_id": deal_id, "account_id": "account-0", "cycle": 1}

    def _event(self, service: str, name: str, deal_id: str, body: dict[str, Any]) -> Outgoing:
        value = json.dumps(body).encode()
        return Outgoing.event(f"{service}.events", deal_id, f"{service}.{name}.v1", value, self.next_id(), f"/chaos/{self.name}")


class Transactional(Client):
    """Publishes commands in transactions of its own, and aborts some: what was aborted was never said."""

    pause = 1.0

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._begun = 0

    def act(self) -> None:
        """Two deals are opened, or are not."""
        commit, records = self.draw.random() < 0.6, []
        for _ in range(2):
            self._begun += 1
            records.append(opening(self.name, f"{self.name}-deal-{self._begun}", self.next_id()))
        settings: dict[str, Any] = {"transactional.id": f"{self.world.prefix}.{self.name}"}
        publisher = Publisher(self.world, self.name, self.log, **settings)
        publisher.transaction(records, commit=commit)


def opening(client: str, deal_id: str, id_: str) -> Outgoing:
    """A command that opens a deal."""
    body = {"deal_id": deal_id, "account": {"account_id": "account-0", "name": deal_id}, "owner_id": "owner-1", "opened_on": "2026-01-05"}
    return Outgoing.event("deals.commands", deal_id, "deals.OpenDeal.v1", json.dumps(body).encode(), id_, f"/chaos/{client}")


def farewell(world: World, log: OperationLog) -> None:
    """One more record in every partition that transactions were published to: whether a service has read all shows by the last
    record, and what a transaction leaves behind its own is none."""
    names: dict[int, str] = {}
    for number in count():
        if len(names) == world.partitions:
            break
        names.setdefault(partition_of(f"farewell-{number}", world.partitions), f"farewell-{number}")
    records = [opening("farewell", name, name) for name in names.values()]
    Publisher(world, "farewell", log).publish(records)
