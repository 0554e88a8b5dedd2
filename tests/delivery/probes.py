"""How to talk to each service: a message that changes one of its aggregates each time it comes, and what must follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import import_module
from typing import Any

import yaml

from chassis.line import Line
from chassis.service import Service
from contracts.deals import (
    Account,
    DealClosedWon,
    DealOpened,
    DealTermsSet,
    OpenDeal,
    Package,
    PackageSubmitted,
    SetTerms,
    TeamMember,
)
from contracts.feedback import SurveyEnded, SurveyScheduled
from contracts.message import Message
from contracts.notifications import NotifyRecipient
from contracts.onboarding import HandoverCompleted, PackageScored
from contracts.values import ContactRef
from tests.delivery.foreign import Sent

State = Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """One service.

    `change(key, n)`: the n-th change of an aggregate, from 0. `emits(n)`: what it makes the service publish, in order.
    `mark(state)`: the number of the last change that the stored state shows.
    `swell(key)`: a change that is small enough for its topic, and whose effect is too large.
    `policy(own)`: the policy to run with, made from the service's own.
    """

    service: str
    collection: str
    change: Callable[[str, int], Message]
    emits: Callable[[int], tuple[type[Message], ...]]
    mark: Callable[[State], int]
    swell: Callable[[str], Message]
    policy: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @cached_property
    def declared(self) -> Service:
        """The service's declaration."""
        service: Service = import_module(f"services.{self.service}.app").SERVICE
        return service

    def line(self, message: type[Message]) -> Line:
        """The subscription line that takes a message from its topic."""
        return next(line for line in self.declared.lines if line.message is message and line.topic == message.topic)

    def sent(self, prefix: str, key: str, n: int) -> Sent:
        """The n-th change of an aggregate as a foreign publisher sends it."""
        return self.as_sent(prefix, key, self.change(key, n))

    def as_sent(self, prefix: str, key: str, message: Message) -> Sent:
        """A message as a foreign publisher sends it, under this key."""
        return Sent(message.topic.name(prefix), key, message.wire_type(), message.model_dump_json().encode())

    def row(self, sent: Sent) -> str:
        """The inbox row that remembers a change."""
        return f"{self.line_of(sent).name}|{sent.source}|{sent.id}"

    def line_of(self, sent: Sent) -> Line:
        """The subscription line that takes a change."""
        return next(line for line in self.declared.lines if line.topic and line.message.wire_type() == sent.type)

    @property
    def topic(self) -> Any:
        """The topic of the changes."""
        return self.change("any", 0).topic

    def policy_text(self) -> str | None:
        """The policy file to run with; None for the service's own."""
        if self.policy is None:
            return None
        own = yaml.safe_load(self.declared.policy[1].read_text())
        return yaml.safe_dump(self.policy(own))


def _account(name: str) -> Account:
    return Account(account_id="account-7", name=name)


def _deal(key: str, n: int) -> Message:
    if n == 0:
        return OpenDeal(deal_id=key, account=_account("0"), owner_id="colleague-3", product="0")
    return SetTerms(deal_id=key, product=str(n))


def _package(key: str, n: int) -> Message:
    package = Package(solution_document=f"https://documents.example.com/{n}")
    return PackageSubmitted(
        deal_id=key, account_id="account-7", cycle=1, package_version=n + 1, package=package, submitted_by="colleague-3"
    )


def _win(key: str, n: int) -> Message:
    return DealClosedWon(
        deal_id=key, account_id="account-7", cycle=n + 1, account=_account(str(n)), owner_id="colleague-3", closed_on=date(2026, 3, 2)
    )


def _handover(key: str, n: int) -> Message:
    return HandoverCompleted(
        deal_id=key, account_id="account-7", cycle=n + 1, account_name=str(n), completed_on=date(2026, 3, 2), days_from_win=3
    )


def _one_department(own: dict[str, Any]) -> dict[str, Any]:
    return {**own, "look_in": ["mailbox"], "wins": {"customer_success": own["wins"]["customer_success"]}}


def _crowd() -> tuple[TeamMember, ...]:
    return tuple(TeamMember(person_id=f"{n:0200}", role="a") for n in range(4700))


def _customers() -> tuple[ContactRef, ...]:
    return tuple(ContactRef(person_id=f"{n:0200}", role="a") for n in range(4700))


def _swollen_deal(key: str) -> Message:
    return OpenDeal(deal_id=key, account=_account("0"), owner_id="colleague-3", team=_crowd())


def _swollen_win(key: str) -> Message:
    return DealClosedWon(
        deal_id=key, account_id="a", cycle=1, account=_account("0"), owner_id="o", closed_on=date(2026, 3, 2), team=_crowd()
    )


def _win_of_many(key: str) -> Message:
    return DealClosedWon(
        deal_id=key, account_id="a", cycle=1, account=_account("0"), owner_id="o", closed_on=date(2026, 3, 2), contacts=_customers()
    )


def _swollen_handover(key: str) -> Message:
    return HandoverCompleted(
        deal_id=key, account_id="a", cycle=1, account_name="0", completed_on=date(2026, 3, 2), days_from_win=3, contacts=_customers()
    )


PROBES = (
    Probe("deals", "deals", _deal, lambda n: (DealTermsSet,) if n else (DealOpened,), lambda state: int(state["product"]), _swollen_deal),
    Probe(
        "onboarding",
        "handovers",
        _package,
        lambda n: (PackageScored,),
        lambda state: int(state["package"]["version"]) - 1,
        _win_of_many,
    ),
    Probe(
        "notifications",
        "deals",
        _win,
        lambda n: (NotifyRecipient,),
        lambda state: int(state["account_name"]),
        _swollen_win,
        _one_department,
    ),
    Probe(
        "feedback",
        "deal_surveys",
        _handover,
        lambda n: (SurveyEnded, SurveyScheduled) if n else (SurveyScheduled,),
        lambda state: int(state["survey"]["account_name"]),
        _swollen_handover,
    ),
)
