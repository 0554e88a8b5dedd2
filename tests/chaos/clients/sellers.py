"""Sellers: each plays several deals at once, beside others who change the same shared deals; one places records as librdkafka does."""

import random
from collections.abc import Iterator

from tests.chaos.clients.asking import Caller
from tests.chaos.clients.client import Client
from tests.chaos.clients.deals import Scripts
from tests.chaos.clients.operations import Ask, OperationLog
from tests.chaos.world import World

AT_ONCE = 5
SHARED = tuple(f"shared-{n}" for n in range(3))
BURST = 40
CHUNK, DEALS = 500, 60
PATIENT = 40
"""Tries of the clerk: a backlog is written in the midst of other faults, and must come about all the same."""
OUTCOMES = ("open",) * 7 + ("lost", "won", "won")


class Seller(Client):
    """Plays the scripts of its deals, one step of one of them at a time."""

    pause = 0.06

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self.scripts = Scripts(self.draw, name)
        self._deals: list[tuple[str, Iterator[Ask]]] = []
        self._begun = 0

    def act(self) -> None:
        """A step of a deal; or of a shared one; or many changes at once."""
        chance = self.draw.random()
        if chance < 0.1:
            self.ask(self.scripts.terms(self.draw.choice(SHARED)))
        elif chance < 0.12 and self._deals:
            self._burst()
        else:
            self._step()

    def _step(self) -> None:
        while len(self._deals) < AT_ONCE:
            self._begun += 1
            deal_id = f"{self.name}-deal-{self._begun}"
            self._deals.append((deal_id, self.scripts.deal(deal_id)))
        chosen = self.draw.randrange(len(self._deals))
        if ask := next(self._deals[chosen][1], None):
            self.ask(ask)
        else:
            del self._deals[chosen]

    def _burst(self) -> None:
        """Records enough for a batch of several, on lanes here and there."""
        keys = [deal_id for deal_id, _ in self._deals] + list(SHARED)
        asks = [self.scripts.terms(self.draw.choice(keys)) for _ in range(BURST)]
        self.publish([self.record(ask, self.next_id()) for ask in asks])


class CarelessSeller(Seller):
    """Has never heard of murmur2: its records stand in the wrong lanes, and are forwarded."""

    pause = 0.15
    murmur2 = False


class Importer(Client):
    """Sends rows of CRM exports in bulk: new deals, rows seen before, rows that changed, a bad line in between."""

    pause = 0.8

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self.scripts = Scripts(self.draw, name)
        self._rows: dict[str, Ask] = {}
        self._begun = 0

    def act(self) -> None:
        """One request of some rows."""
        asks = [self._row() for _ in range(self.draw.randrange(2, 12))]
        self.caller.bulk(asks, self.next_id())

    def _row(self) -> Ask:
        chance = self.draw.random()
        if self._rows and chance < 0.2:
            return self._rows[self.draw.choice(sorted(self._rows))]
        if self._rows and chance < 0.5:
            deal_id = self.draw.choice(sorted(self._rows))
        else:
            self._begun += 1
            deal_id = f"{self.name}-row-{self._begun}"
        self._rows[deal_id] = self.scripts.row(deal_id, self.draw.choice(OUTCOMES))
        return self._rows[deal_id]


class Clerk:
    """Writes many rows about few deals over HTTP when it is told to, so that events gather faster than they are published."""

    def __init__(self, world: World, log: OperationLog) -> None:
        self._draw = random.Random(f"{world.seed}:client clerk")
        self._caller = Caller(world, "clerk", log, self._draw)
        self._scripts = Scripts(self._draw, "clerk")
        self._begun = 0

    def write(self, rows: int) -> int:
        """Write so many rows; returns how many of them were acknowledged."""
        acknowledged = 0
        for begin in range(0, rows, CHUNK):
            self._begun += 1
            asks = [self._scripts.row(f"clerk-deal-{number % DEALS}") for number in range(min(CHUNK, rows - begin))]
            acknowledged += self._caller.bulk(asks, f"clerk.{self._begun}", PATIENT)
        return acknowledged

    def close(self) -> None:
        """End its connections."""
        self._caller.close()
