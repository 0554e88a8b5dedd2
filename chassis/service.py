"""What a service is made of: its topics, subscription lines, policy, collections and routes, stated once in its `app.py`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from chassis.aggregate import Aggregate
from chassis.line import Line
from chassis.people import PEOPLE
from chassis.policy import Policy, load_policy
from chassis.settings import Settings
from contracts.message import Message
from contracts.topics import ServiceTopics, Topic

if TYPE_CHECKING:
    from chassis.context import Context
    from chassis.decision import DomainError
    from chassis.runtime import Runtime

Index = tuple[tuple[str, int], ...]
Refusal = Callable[[Any, "DomainError", "Context[Any]"], Message]
Effect = Callable[["Runtime"], Awaitable[None]]


@dataclass(frozen=True)
class Collection:
    """A collection that is not of aggregates. `expire_after`: (field, seconds) after which the server drops a document.

    `partial`: indexes of those documents only that match a filter; a query uses one if it asks for no others.
    """

    name: str
    indexes: tuple[Index, ...] = ()
    unique: tuple[Index, ...] = ()
    partial: tuple[tuple[Index, Mapping[str, Any]], ...] = ()
    expire_after: tuple[str, int] | None = None


@dataclass(frozen=True)
class Reference:
    """Slowly changing data handed to every decider as one snapshot; loaded again after a write to one of its collections.

    `load` raises `Unreadable`, naming document and field, where it cannot be read.
    """

    collections: tuple[str, ...]
    load: Callable[[Any, Any], Awaitable[Any]]


@dataclass(frozen=True)
class Service:
    """The declaration of a service. `refusal` turns an error into the event that says a command was refused.

    `prepare` makes of the policy and the settings what deciders see as `context.policy`.
    """

    topics: ServiceTopics
    lines: tuple[Line, ...]
    policy: tuple[type[Policy], Path]
    refusal: Refusal
    routers: tuple[APIRouter, ...] = ()
    collections: tuple[Collection, ...] = ()
    reference: Reference | None = None
    effects: tuple[Effect, ...] = ()
    settings: type[Settings] = Settings
    prepare: Callable[[Any, Any], Any] = field(default=lambda policy, settings: policy)

    def __post_init__(self) -> None:
        names = [line.name for line in self.lines]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two subscription lines of {self.name} are called {', '.join(sorted(twice))}")

    @property
    def name(self) -> str:
        """The service's name, such as `deals`."""
        return self.topics.service

    @cached_property
    def aggregates(self) -> tuple[Aggregate[Any], ...]:
        """Every kind of aggregate that a line decides about, and people where a line mentions them."""
        kinds = {line.aggregate.collection: line.aggregate for line in self.lines if line.aggregate}
        if any(line.mentions for line in self.lines):
            kinds |= {kind.collection: kind for kind in PEOPLE}
        return tuple(kinds.values())

    @cached_property
    def subscribed(self) -> tuple[Topic, ...]:
        """The topics that the service reads; its private one always."""
        topics: dict[Topic, None] = {line.topic: None for line in self.lines if line.topic}
        topics[self.topics.private] = None
        return tuple(sorted(topics, key=lambda topic: topic.name()))

    def line_for(self, message: type[Message]) -> Line:
        """The line that a command given over HTTP runs through."""
        return next(line for line in self.lines if line.message is message)

    def database(self, prefix: str) -> str:
        """The name of the service's database."""
        return f"{prefix}_{self.name}"

    def group(self, prefix: str) -> str:
        """The name of the service's consumer group."""
        return f"{prefix}.{self.name}"

    def load_policy(self, settings: Settings) -> Any:
        """The policy in force: the company's file, or the service's own."""
        model, path = self.policy
        return self.prepare(load_policy(settings.policy or path, model), settings)


def topic_names(topics: Sequence[Topic], prefix: str) -> dict[str, Topic]:
    """Topics by their name on the broker."""
    return {topic.name(prefix): topic for topic in topics}
