"""What every service tells when it refuses a command and the rule has no event of its own."""

from contracts.message import Event
from contracts.values import Id, Label, Slug


class CommandRefused(Event, abstract=True):
    """A command was refused and changed nothing. `code` is stable, `detail` is a sentence for people."""

    command: Label
    code: Slug
    detail: Label
    field: Label | None = None
    requested_by: Id
