"""From a rule that said no to the event that tells everybody."""

from typing import Any

from chassis.context import Context
from chassis.decision import DomainError
from chassis.service import Refusal
from contracts.message import Message
from contracts.refusal import CommandRefused

LONGEST = 300
"""Characters of a label; a longer sentence is cut."""


def refused_as(event: type[CommandRefused]) -> Refusal:
    """A service's general refusal: `event`, about the aggregate that the command was for."""

    def refusal(command: Message, error: DomainError, context: Context[Any]) -> CommandRefused:
        about: dict[str, Any] = {event.key_field: command.key}
        return event(
            command=command.wire_name,
            code=error.code,
            detail=error.detail[:LONGEST],
            field=error.field,
            requested_by=context.actor.id,
            **about,
        )

    return refusal
