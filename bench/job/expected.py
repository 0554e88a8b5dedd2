"""What must come of the job: a model of deals that shares nothing with any contestant."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.job.records import SOURCE, Sent

IDS = uuid.UUID("6b1f5c52-7a7e-5d3f-8c55-1d9f1f6f3a70")
"""Baton's namespace of event ids, which every contestant uses: so their events are the same to the byte of the id."""
LINES = {"deals.OpenDeal.v1": "open_deal", "deals.SetTerms.v1": "set_terms"}
TELLS = {"deals.OpenDeal.v1": "deals.DealOpened.v1", "deals.SetTerms.v1": "deals.DealTermsSet.v1"}
DESCRIBED = ("account", "owner_id", "team", "terms", "price", "product", "opened_on")
OPENED = ("account", "stage", "owner_id", "team", "product", "price", "opened_on")
AGREED = ("terms", "price", "product")


@dataclass(frozen=True, slots=True)
class Told:
    """An event as its readers see it. `value`: its content without fields that are null."""

    id: str
    type: str
    sequence: int
    value: str


@dataclass
class Expected:
    """What all contestants must reach. `states`: by aggregate, its description as JSON; `events`: by aggregate, in order;
    `dead`: ids of the messages that nobody can read."""

    states: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[Told]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many events are published."""
        return sum(map(len, self.events.values()))

    @property
    def effects(self) -> int:
        """How many records are published: events and copies of dead letters."""
        return self.count + len(self.dead)


def event_id(cause: str, type: str) -> str:
    """The id of the event that follows from the command `cause` (RFC 4122, version 5)."""
    return str(uuid.uuid5(IDS, f"{SOURCE}|{cause}|{LINES[type]}|0"))


def plain(value: Any) -> str:
    """JSON with its keys in order and without nulls and empty lists, which are a matter of taste."""
    return json.dumps(_dense(value), sort_keys=True, separators=(",", ":"))


def _dense(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _dense(part) for name, part in value.items() if part is not None and part != []}
    return [_dense(part) for part in value] if isinstance(value, list) else value


def expect(records: Iterable[Sent]) -> Expected:
    """Apply the records, each once, in order."""
    expected, deals, seen = Expected(), dict[str, dict[str, Any]](), set[str]()
    for sent in records:
        if sent.poison:
            expected.dead.add(sent.id)
        elif sent.id not in seen:
            seen.add(sent.id)
            deal = deals.setdefault(sent.key, {"stage": "prospecting", "cycle": 1})
            command = json.loads(sent.value)
            deal |= {name: command[name] for name in DESCRIBED if name in command}
            told = expected.events.setdefault(sent.key, [])
            told.append(Told(event_id(sent.id, sent.type), TELLS[sent.type], len(told) + 1, _value(sent, deal)))
    expected.states = {key: plain(described(deal)) for key, deal in deals.items()}
    return expected


def described(deal: dict[str, Any]) -> dict[str, Any]:
    """The part of a deal's state that contestants are compared by."""
    return {name: deal.get(name) for name in (*DESCRIBED, "stage", "cycle")}


def _value(sent: Sent, deal: dict[str, Any]) -> str:
    told = OPENED if sent.type == "deals.OpenDeal.v1" else AGREED
    common = {"deal_id": sent.key, "account_id": deal["account"]["account_id"], "cycle": 1}
    return plain(common | {name: deal.get(name) for name in told})
