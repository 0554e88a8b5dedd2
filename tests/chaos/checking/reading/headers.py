"""A record's headers as the client for Kafka gives them, also where a name is not UTF-8."""

from operator import methodcaller
from typing import Any

from confluent_kafka import Message

CHECKED = methodcaller("headers")
"""Where a header's name is not UTF-8 the client returns a result with an error set, which only a call that is checked turns into an
exception. The interpreter leaves the check out of a method call that has become hot; whoever looks into the result then, in which
there is a pair without a name, ends the process (`make chaos`, seed 23)."""


def headers_of(message: Message) -> tuple[tuple[str, bytes | None], ...] | None:
    """The headers in order; None where a name is not UTF-8."""
    try:
        found: Any = CHECKED(message)
    except SystemError:
        return None
    return tuple(found or ())
