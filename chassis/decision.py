"""What a decider returns: the new state and everything that follows from it; or an error with a name that says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from contracts.message import Event, Message
from contracts.topics import Topic

S = TypeVar("S")


@dataclass(frozen=True)
class Timer:
    """A message to this service, of its private topic, at a time. Setting the same name of the same aggregate again moves it."""

    name: str
    message: Message
    due_at: datetime


@dataclass(frozen=True)
class Row:
    """A document that is not an aggregate, written in the same transaction. One that is there already under the id is left as it is."""

    collection: str
    id: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Fields set on a row that an earlier decision wrote, in the same transaction; `ids` of one collection, those that match `where`."""

    collection: str
    where: Mapping[str, Any]
    set: Mapping[str, Any]


@dataclass(frozen=True)
class Tombstone:
    """The end of a key on a compacted topic."""

    topic: Topic
    key: str


class Decision(NamedTuple, Generic[S]):
    """A change: the aggregate's new state, and what is published, scheduled, cancelled and written with it.

    `state` None: it is no more. Its timers are cancelled with it and its counters forgotten: made again, it counts its events from 1.
    `events` are messages of this service's topics, in order; one to another aggregate of the service is of its private topic.
    `cancel` names timers.
    """

    state: S | None
    events: Sequence[Message | Tombstone] = ()
    timers: Sequence[Timer] = ()
    cancel: Sequence[str] = ()
    rows: Sequence[Row] = ()
    changes: Sequence[Change] = ()


class DomainError(Exception):
    """A rule said no. Subclasses name the rule; `code` is stable and goes to programs, the detail is a sentence for people.

    From a command it becomes a refusal event (`event`, or the service's general one) and a problem over HTTP with `status`;
    from an event it becomes a dead letter. `problem`: further members of the problem document.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(
        self, detail: str, *, field: str | None = None, event: Event | None = None, problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail, self.field, self.event, self.problem = detail, field, event, dict(problem or {})


class Invalid(DomainError):
    """The request asks for something that makes no sense here; repeating it will not help."""

    code = "invalid"
    status = 422


class Unknown(DomainError):
    """What the request is about does not exist."""

    code = "unknown"
    status = 404


class Forbidden(DomainError):
    """The caller may not do this."""

    code = "forbidden"
    status = 403


class PersonUnknown(Invalid):
    """Text cannot be sealed for a person that no people topic has named."""

    code = "person_unknown"


class Actor(NamedTuple):
    """Who asks. `verified`: a token says so; otherwise `id` is the source that the message claims. `roles`: those of the token."""

    id: str
    roles: frozenset[str] = frozenset()
    verified: bool = False
