"""Every message of the system in one place: importing this module fills the register."""

from contracts import deals, feedback, notifications, onboarding, people
from contracts.message import REGISTER, Message

__all__ = ["by_wire_type", "every_message"]
_SOURCES = (deals, onboarding, notifications, feedback, people)


def every_message() -> tuple[type[Message], ...]:
    """All concrete message types, ordered by their type on the wire."""
    return tuple(REGISTER[name] for name in sorted(REGISTER))


def by_wire_type(name: str) -> type[Message] | None:
    """The message type that this build knows under a CloudEvents type, or None."""
    return REGISTER.get(name)
