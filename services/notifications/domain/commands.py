"""What the service asks of itself about an e-mail, and what an operator may ask; no topic carries these."""

from enum import StrEnum

from pydantic import Field

from contracts.message import Command
from contracts.topics import NOTIFICATIONS
from contracts.values import Id, Label


class Result(StrEnum):
    """How an attempt went. `put_off`: certainly not taken, for now; `refused`: certainly not taken, for good; `empty`: nothing to say."""

    SENT = "sent"
    PUT_OFF = "put_off"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    EMPTY = "empty"


class RecordAttempt(Command, abstract=True):
    """How an attempt at an e-mail went. `reason`: a code without addresses, where there is one."""

    topic = NOTIFICATIONS.commands
    wire_name = "RecordAttempt"
    key_field = "email_id"

    email_id: Id
    attempt: int
    result: Result = Field(strict=False)
    reason: Label | None = None


class ResendEmail(Command, abstract=True):
    """Send an e-mail again that is uncertain or failed. Needs a named person."""

    topic = NOTIFICATIONS.commands
    wire_name = "ResendEmail"
    key_field = "email_id"

    email_id: Id
