"""The records of the job: commands to deals of about 1 KB, exact duplicates, and poison; the same ones for the same seed."""

import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from contracts.deals import OpenDeal, SetTerms

SOURCE = "/elsewhere/quotes"
MOMENT = "2026-01-05T08:00:00.000000Z"
"""The commands' own time; any will do, and a fixed one makes every run the same."""
NEARBY = 2000
"""Records, on the average, between a record and its duplicate."""
Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of the job. `poison`: nobody can read its value."""

    key: str
    id: str
    type: str
    value: bytes
    poison: bool = False

    def headers(self) -> Headers:
        """CloudEvents 1.0 in binary mode."""
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.id.encode()),
            ("ce_source", SOURCE.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.key.encode()),
            ("ce_time", MOMENT.encode()),
            ("content-type", b"application/json"),
        ]


@dataclass(frozen=True)
class Size:
    """How large a job is: records in all, aggregates, and the shares of exact duplicates and of poison among the records.

    `opened`: every aggregate is there already, and has only to be changed. `in_turn`: each is changed once, in a random order, before any
    is changed again; else each record draws its own.
    """

    records: int = 50_000
    aggregates: int = 5_000
    duplicates: float = 0.01
    poison: float = 0.001
    seed: int = 1
    opened: bool = False
    in_turn: bool = False


@dataclass
class Draw:
    """Draws records from a seeded source of chance. `opened`: aggregates that have had their first command; `turns`: those that are to come
    before any comes again."""

    size: Size
    chance: random.Random
    opened: set[str] = field(default_factory=set)
    turns: list[int] = field(default_factory=list)

    def command(self, number: int) -> Sent:
        """The deal's opening if it is the deal's first, else new terms; never the same price twice, so that each has its effect."""
        key = f"deal-{self._aggregate():07d}"
        body: dict[str, Any] = {"deal_id": key, "price": {"amount_minor": 100_000 + number, "currency": "EUR"}, "product": self._product()}
        if self.size.opened or key in self.opened:
            kind = SetTerms.wire_type()
            body["terms"] = {
                "starts_on": f"2026-0{self.chance.randrange(1, 10)}-01",
                "months": self.chance.choice((12, 24, 36)),
                "billing": self.chance.choice(("monthly", "quarterly", "annually")),
                "auto_renews": True,
                "notice_days": 90,
            }
        else:
            self.opened.add(key)
            kind = OpenDeal.wire_type()
            body |= {
                "account": {"account_id": f"account-{key}", "name": "Ellison Freight and Sons", "sector": "logistics", "region": "north"},
                "owner_id": f"colleague-{self.chance.randrange(500):04d}",
                "team": [{"person_id": f"colleague-{self.chance.randrange(500):04d}", "role": "sales_engineer"}],
                "opened_on": "2026-01-05",
            }
        body["quote"] = self._quote(number)
        return Sent(key, self._id(), kind, json.dumps(body, separators=(",", ":")).encode())

    def poison(self) -> Sent:
        """A record with a good envelope around something that is not JSON."""
        key = f"deal-{self.chance.randrange(self.size.aggregates):07d}"
        return Sent(key, self._id(), SetTerms.wire_type(), b'{"deal_id": broken' + b"x" * 900, poison=True)

    def _aggregate(self) -> int:
        if not self.size.in_turn:
            return self.chance.randrange(self.size.aggregates)
        if not self.turns:
            self.turns = list(range(self.size.aggregates))
            self.chance.shuffle(self.turns)
        return self.turns.pop()

    def _id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _product(self) -> str:
        return f"Platform, {self.chance.randrange(10, 900)} seats, support around the clock, onboarding package"

    def _quote(self, number: int) -> dict[str, Any]:
        """What the quoting system says besides, and Baton's contract does not know: most of a real record is no business of the reader."""
        lines = [
            {"line": line, "article": f"article-{self.chance.randrange(10**6):06d}", "rate": round(self.chance.random(), 6), "unit": "seat"}
            for line in range(4)
        ]
        return {"number": f"Q-{number:07d}", "lines": lines, "remark": "x" * 400}


def make_records(size: Size) -> list[Sent]:
    """The records in the order of their publishing."""
    draw = Draw(size, random.Random(size.seed))
    copies, poison = round(size.records * size.duplicates), round(size.records * size.poison)
    commands = [draw.command(number) for number in range(size.records - copies - poison)]
    placed: list[tuple[float, Sent]] = [(float(number), sent) for number, sent in enumerate(commands)]
    for original in (draw.chance.randrange(len(commands)) for _ in range(copies)):
        placed.append((original + draw.chance.expovariate(1 / NEARBY) + 0.5, commands[original]))
    placed += [(draw.chance.uniform(0, len(commands)), draw.poison()) for _ in range(poison)]
    return [sent for _, sent in sorted(placed, key=lambda pair: pair[0])]
