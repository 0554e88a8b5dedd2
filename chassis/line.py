"""Subscription lines: which message on which topic goes to which decider of which aggregate."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chassis.aggregate import Aggregate
from contracts.message import Command, Message
from contracts.topics import Topic

Decider = Callable[..., Any]
KeyOf = Callable[[Any], str]
Mentions = Callable[[Any], Iterable[str]]


@dataclass(frozen=True)
class Line:
    """One line of a service's subscriptions. `topic` is None where only HTTP offers it.

    `name` is part of inbox rows and of the ids of what is published: renaming it makes old messages new.
    `needs_person`: over Kafka a token must come with the message.
    """

    name: str
    topic: Topic | None
    message: type[Message]
    decide: Decider
    aggregate: Aggregate[Any] | None
    key: KeyOf
    mentions: Mentions | None = None
    needs_person: bool = False

    @property
    def is_command(self) -> bool:
        """Whether a refusal answers a caller, rather than being a dead letter."""
        return issubclass(self.message, Command)


def _own_key(message: Message) -> str:
    return message.key


def on(
    topic: Topic,
    message: type[Message],
    decide: Decider,
    aggregate: Aggregate[Any] | None,
    *,
    key: KeyOf = _own_key,
    mentions: Mentions | None = None,
    needs_person: bool = False,
    name: str | None = None,
) -> Line:
    """A line: `message` on `topic` goes to `decide(state or None, message, context) -> Decision | None`, one aggregate at a time.

    `key`: the aggregate's key in the message; where it is not the record's lane, the message is forwarded under it first.
    `mentions`: ids of persons whose records the decider needs in `context.people`; on such lines a verified caller's is there too.
    `aggregate` None: the decider keeps no state.
    """
    if message.topic != topic:
        raise ValueError(f"{message.wire_type()} is a message of {message.topic.name()}, not of {topic.name()}")
    return Line(name or decide.__name__, topic, message, decide, aggregate, key, mentions, needs_person)


def offer(
    message: type[Message], decide: Decider, aggregate: Aggregate[Any], *, key: KeyOf = _own_key, mentions: Mentions | None = None
) -> Line:
    """A line that only HTTP offers: what it carries, such as a name or an address, must not stand on a topic."""
    return Line(decide.__name__, None, message, decide, aggregate, key, mentions, True)
