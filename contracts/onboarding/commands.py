"""What the onboarding service can be asked to do."""

from typing import Annotated

from pydantic import Field

from contracts.message import Command
from contracts.topics import ONBOARDING
from contracts.values import FreeText, Id, Slug, Time


class HandoverCommand(Command, abstract=True):
    """A request about the handover of one deal."""

    topic = ONBOARDING.commands

    deal_id: Id


class AcceptHandover(HandoverCommand):
    """Accept the package. Needs the token of the person who accepts. `package_version`: the one that was read, when given."""

    package_version: int | None = None


class ReturnHandover(HandoverCommand):
    """Give the package back to sales, with reasons. Needs the token of the person who returns it."""

    reason: FreeText
    sections: tuple[Slug, ...] = ()


class CompleteStep(HandoverCommand):
    """Mark a step done. `role`: the role in which the person acts; one of the token's roles where there is a token."""

    step: Slug
    role: Slug


class BookKickoff(HandoverCommand):
    """Set the time of the kick-off, or move it."""

    at: Time


class HoldKickoff(HandoverCommand):
    """Record that the kick-off took place, with its notes."""

    held_at: Time
    notes: Annotated[FreeText | None, Field()] = None
