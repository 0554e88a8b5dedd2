"""What the notifications service can be asked to do."""

from typing import Annotated

from pydantic import Field

from contracts.message import Command
from contracts.topics import NOTIFICATIONS
from contracts.values import Id, Slug


class AssignAccountTeam(Command):
    """Say who fills which role for an account; replaces what was said of these roles before. A role that nobody fills is dropped."""

    topic = NOTIFICATIONS.commands
    key_field = "account_id"

    account_id: Id
    members: Annotated[dict[Slug, tuple[Id, ...]], Field(max_length=50)]


class SetPreferences(Command):
    """Choose channels and digests; what is left out stays. Needs the token of that person, or of an operator.

    `channels`: inbox, email. `digest_every_minutes`: 0 sends each e-mail at once.
    """

    topic = NOTIFICATIONS.commands
    key_field = "person_id"

    person_id: Id
    channels: tuple[Slug, ...] | None = None
    digest_every_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)] | None = None


class MarkRead(Command):
    """Mark notifications of a recipient's in-app inbox as read; all of them when no ids are given.

    `person_id`: a person, or `department:<name>` for a department's inbox. Needs the token of somebody who may read that inbox.
    """

    topic = NOTIFICATIONS.commands
    key_field = "person_id"

    person_id: Id
    notification_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
