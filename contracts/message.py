"""What every message has: its type on the wire, its topic and its business key; and the register of all types."""

from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.topics import Topic

REGISTER: "dict[str, type[Message]]" = {}
"""Every concrete message type of this build, by its type on the wire."""


class Message(BaseModel):
    """Base of all messages: frozen and strict; a field that this build does not know is kept out, and harms nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    topic: ClassVar[Topic]
    version: ClassVar[int] = 1
    wire_name: ClassVar[str]
    key_field: ClassVar[str] = "deal_id"

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        """Take the keyword that `__pydantic_init_subclass__` acts on."""
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        """Enter a concrete type into the register; `abstract=True` marks a base."""
        super().__pydantic_init_subclass__(**kwargs)
        if abstract:
            return
        if "wire_name" not in cls.__dict__:
            cls.wire_name = cls.__name__
        other = REGISTER.setdefault(cls.wire_type(), cls)
        if other.__qualname__ != cls.__qualname__ or other.__module__ != cls.__module__:
            raise TypeError(f"two messages are called {cls.wire_type()}")

    @classmethod
    @cache
    def wire_type(cls) -> str:
        """The CloudEvents type, such as `deals.DealClosedWon.v1`."""
        return f"{cls.topic.service}.{cls.wire_name}.v{cls.version}"

    @property
    def key(self) -> str:
        """The business key: the CloudEvents subject and the record's key."""
        return str(getattr(self, self.key_field))


class Event(Message, abstract=True):
    """A fact, in the past tense."""


class Command(Message, abstract=True):
    """A request to one service, in the imperative; it may be refused."""


class Private(Message, abstract=True):
    """A message of a service to itself: a timer that is due, or a part of a decision that belongs to another aggregate."""
