"""The notifications service's messages to itself: one recipient is to hear of something, a digest is due, an e-mail is to go out."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.message import Private
from contracts.topics import NOTIFICATIONS
from contracts.values import Id, Label, SealedText, Slug, Time, Value

Attribute = Annotated[str, Field(min_length=1, max_length=4_000)]
"""A CloudEvents attribute of another message."""


class Audience(StrEnum):
    """Who a recipient is: one of ours, a department's shared mailbox, or one of the customer's people."""

    COLLEAGUE = "colleague"
    DEPARTMENT = "department"
    CUSTOMER = "customer"


class Substance(Value):
    """What a notification says. `facts`: short texts about things; `people`: ids, shown as names; `sealed`: their words."""

    facts: Annotated[dict[Slug, Label], Field(max_length=40)] = {}
    people: Annotated[dict[Slug, tuple[Id, ...]], Field(max_length=40)] = {}
    sealed: Annotated[dict[Slug, SealedText], Field(max_length=10)] = {}


class NotifyRecipient(Private):
    """One recipient is to hear of one event. `roles`: the roles or departments for which they hear it. `because_of`, `because_of_source`:
    the event's id, which is unique within its source."""

    topic = NOTIFICATIONS.private
    key_field = "recipient_id"

    recipient_id: Id
    audience: Audience = Field(strict=False)
    about: Id
    account_id: Id | None = None
    kind: Slug
    roles: tuple[Slug, ...] = ()
    substance: Substance = Substance()
    because_of: Attribute
    because_of_source: Attribute
    happened_at: Time


class DigestDue(Private):
    """A recipient's digest is to be sent."""

    topic = NOTIFICATIONS.private
    key_field = "recipient_id"

    recipient_id: Id
    digest: Annotated[int, Field(ge=1)]


class SendEmail(Private):
    """An e-mail is to go out: about one event, or a digest of those that waited under its number."""

    topic = NOTIFICATIONS.private
    key_field = "email_id"

    email_id: Id
    recipient_id: Id
    audience: Audience = Field(strict=False)
    kind: Slug
    digest: int | None = None
    about: Id | None = None


class EmailExpired(Private):
    """An e-mail's record has been kept for as long as the policy says."""

    topic = NOTIFICATIONS.private
    key_field = "email_id"

    email_id: Id
