"""A deal as the documentation describes it: its state, and what each command makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.chaos.checking.data import Body

CONDITIONS = {"SignContract": "contract", "ConfirmLegal": "legal", "ConfirmFinance": "finance"}
FIRST_STAGE, REOPENED_STAGE = "prospecting", "negotiation"
DESCRIPTIVE = ("account", "owner_id", "team", "product", "price", "opened_on")
OPEN, WON, LOST = "open", "won", "lost"


@dataclass(frozen=True)
class Deal:
    """`met`: confirmed conditions of this cycle; `scored`: the version of the package whose score was seen to be known."""

    deal_id: str
    account: Body = field(default_factory=dict)
    owner_id: str = ""
    team: Sequence[Any] = ()
    product: str | None = None
    price: Body | None = None
    opened_on: str | None = None
    stage: str = FIRST_STAGE
    terms: Body | None = None
    outcome: str = OPEN
    cycle: int = 1
    met: frozenset[str] = frozenset()
    contacts: tuple[tuple[str, str], ...] = ()
    explained: bool = False
    packages: int = 0
    scored: int = 0
    reasons: frozenset[str] = frozenset()
    row: Body | None = None

    def told(self, name: str, **fields: Any) -> tuple[str, Body]:
        """An event of the deal, with what is sure of its content."""
        return name, {"deal_id": self.deal_id, "cycle": self.cycle, "account_id": self.account.get("account_id"), **fields}

    def but(self, **changes: Any) -> "Deal":
        """The deal otherwise."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a command: the deal afterwards, and the events that are told, each with some of its content. No events: nothing."""

    deal: Deal | None
    events: tuple[tuple[str, Body], ...] = ()


@dataclass(frozen=True)
class Command:
    """A command. `verified`: a token says who asks."""

    name: str
    body: Body
    verified: bool
    by: str


def refusal(deal: Deal | None, asked: Command, code: str) -> Outcome:
    """The command is refused."""
    told = {"deal_id": asked.body["deal_id"], "command": asked.name, "code": code, "requested_by": asked.by}
    return Outcome(deal, (("DealCommandRefused", told),))


def fresh(body: Body) -> Deal:
    """A deal as it is opened."""
    described = {name: body[name] for name in DESCRIPTIVE if name in body}
    return Deal(body["deal_id"], **described, stage=body.get("stage") or FIRST_STAGE)


def opening(deal: Deal) -> tuple[str, Body]:
    """What is told of a deal that was opened."""
    return deal.told("DealOpened", **{name: getattr(deal, name) for name in ("stage", "owner_id", "product", "price", "opened_on")})
