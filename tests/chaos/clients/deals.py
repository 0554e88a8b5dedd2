"""The life of a deal as a seller plays it: a script drawn before it begins, so that no answer changes what is asked next."""

import random
from collections.abc import Iterator
from typing import Any

from tests.chaos.clients.operations import Ask
from tests.chaos.clients.people import CONTACT_ROLES, CONTACTS, MANAGER

STAGES = ("prospecting", "engaging", "proposal", "negotiation", "contracting")
CONDITIONS = ("contract", "legal", "finance", "package")
CONFIRMING = ("SignContract", "ConfirmLegal", "ConfirmFinance")
LOSSES = ("price", "timing", "no_budget", "do_nothing")


class Scripts:
    """Draws scripts. Every term that is set differs from all others, so that a change that was lost or came twice shows."""

    def __init__(self, draw: random.Random, name: str) -> None:
        self._draw, self._name, self._terms = draw, name, 0

    def deal(self, deal_id: str) -> Iterator[Ask]:
        """Everything that is asked for one deal, in order."""
        draw = self._draw
        yield self._open(deal_id)
        if draw.random() < 0.1:
            yield self._open(deal_id)  # other content: there is a deal already
        yield from (self.change(deal_id) for _ in range(draw.randrange(4)))
        for _ in range(draw.choice((1, 1, 1, 2))):
            yield from self._cycle(deal_id)

    def _cycle(self, deal_id: str) -> Iterator[Ask]:
        """From an open deal to its end; now and then to its reopening."""
        draw = self._draw
        yield from (self._ask(name, deal_id) for name in draw.sample(CONFIRMING, draw.randrange(4)))
        yield from (self.package(deal_id) for _ in range(draw.choice((0, 1, 1, 2))))
        if draw.random() < 0.4:
            yield self._ask("CloseDeal", deal_id)
            yield self._ask("MoveStage", deal_id, stage="won")
        yield self.change(deal_id)
        if draw.random() < 0.15:
            yield self._ask("LoseDeal", deal_id, reasons=[{"reason": draw.choice(LOSSES)}])
        else:
            waivers = [{"condition": condition, "reason": f"waived by {self._name}"} for condition in CONDITIONS]
            yield self._ask("CloseDeal", deal_id, who=MANAGER, waivers=waivers, notes="with a note")
        yield from (self.change(deal_id) for _ in range(draw.randrange(3)))
        if draw.random() < 0.3:
            yield self._ask("ReopenDeal", deal_id, reason="nobody in particular")  # without a token
            yield self._ask("ReopenDeal", deal_id, who=MANAGER, reason="undone")

    def change(self, deal_id: str) -> Ask:
        """One of the changes that can be asked for at any time."""
        draw = self._draw
        kind = draw.choice(("terms", "terms", "price", "stage", "contact", "reason"))
        if kind == "stage":
            return self._ask("MoveStage", deal_id, stage=draw.choice(STAGES))
        if kind == "contact":
            return self._ask("AddContact", deal_id, contact={"person_id": draw.choice(CONTACTS), "role": draw.choice(CONTACT_ROLES)})
        if kind == "reason":
            return self._ask("RecordBuyingReason", deal_id, who=MANAGER, buying_reason=self._term())
        return self.terms(deal_id) if kind == "terms" else self._ask("SetTerms", deal_id, price=self._price())

    def terms(self, deal_id: str) -> Ask:
        """A product that nobody asked for before."""
        return self._ask("SetTerms", deal_id, product=self._term())

    def package(self, deal_id: str, *, good: bool | None = None) -> Ask:
        """A version of the handover package; a good one reaches the threshold."""
        content: dict[str, Any] = {"solution_document": f"https://documents.example.com/{self._term()}"}
        if self._draw.random() < 0.5 if good is None else good:
            content["stakeholders"] = [{"person_id": contact, "role": "champion"} for contact in CONTACTS[:2]]
        return self._ask("SubmitPackage", deal_id, package=content)

    def row(self, deal_id: str, outcome: str = "open") -> Ask:
        """A row of a CRM export about a deal; its price always differs from the last one. A won one waives all that is missing."""
        fields: dict[str, Any] = {"outcome": outcome, "row_hash": f"row-{self._term()}"}
        if outcome == "won":
            fields["waivers"] = [{"condition": condition, "reason": "imported"} for condition in CONDITIONS]
        return Ask("deals", "ImportDeal", deal_id, self._described(deal_id) | fields)

    def _open(self, deal_id: str) -> Ask:
        stage = self._draw.choice((*STAGES, None))
        return Ask("deals", "OpenDeal", deal_id, self._described(deal_id) | ({"stage": stage} if stage else {}))

    def _described(self, deal_id: str) -> dict[str, Any]:
        account = {"account_id": f"account-{len(deal_id) % 5}", "name": f"Customer of {deal_id}"}
        return {"deal_id": deal_id, "account": account, "owner_id": "owner-1", "price": self._price(), "opened_on": "2026-01-05"}

    def _ask(self, name: str, deal_id: str, who: str | None = None, **fields: Any) -> Ask:
        return Ask("deals", name, deal_id, {"deal_id": deal_id, **fields}, who)

    def _price(self) -> dict[str, Any]:
        self._terms += 1
        return {"amount_minor": self._draw.randrange(1_000) * 1_000_000 + self._terms, "currency": "EUR"}

    def _term(self) -> str:
        self._terms += 1
        return f"{self._name}-{self._terms}"
