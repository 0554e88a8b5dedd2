"""What a company decides about its notifications: who hears of what, through whom, how often, and who may change the directory."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from chassis.policy import Duration, Policy
from contracts.people import Email
from contracts.values import Label, Slug
from services.notifications.domain import Channel, Kind

Roles = frozenset[Slug]
Channels = tuple[Channel, ...]


class Place(StrEnum):
    """Where those who fill a role, or make up a department, are looked for."""

    DEAL_TEAM = "deal_team"
    ACCOUNT_TEAM = "account_team"
    COLLEAGUES = "colleagues"
    MAILBOX = "mailbox"


class Fact(StrEnum):
    """What a win says about things."""

    ACCOUNT = "account"
    SECTOR = "sector"
    REGION = "region"
    PRODUCT = "product"
    PRICE = "price"
    CLOSED_ON = "closed_on"
    STARTS_ON = "starts_on"
    TERM = "term"
    BILLING = "billing"
    RENEWAL = "renewal"
    CONFIRMED = "confirmed"
    WAIVED = "waived"
    CONTACT_ROLES = "contact_roles"
    PACKAGE = "package"
    CYCLE = "cycle"


class Group(StrEnum):
    """What a win says of people, by id."""

    OWNER = "owner"
    TEAM = "team"
    CONTACTS = "contacts"
    WAIVED_BY = "waived_by"


class Words(StrEnum):
    """What a win holds in people's own words, sealed: the customer's reasons, and notes of whoever closed the deal."""

    BUYING_REASON = "buying_reason"
    SUCCESS_DEFINITION = "success_definition"
    NOTES = "notes"


class Need(Policy):
    """What one department needs to know of a win."""

    facts: tuple[Fact, ...]
    people: tuple[Group, ...] = ()
    words: tuple[Words, ...] = ()


class Mailbox(Policy):
    """A department's shared mailbox."""

    name: Label
    address: Email


class Notices(Policy):
    """Roles or departments that hear of an event which does not itself say who is to hear."""

    handover_returned: Roles
    detractor_raised: Roles
    follow_up_opened: Roles


class Manner(Policy):
    """How a kind of recipient hears of things until they choose otherwise. `digest_every`: 0s sends each e-mail at once."""

    channels: Channels
    digest_every: Duration


class Retrying(Policy):
    """What happens to an e-mail that a provider puts off: tried again `at_most` times, waiting twice as long each time."""

    at_most: Annotated[int, Field(ge=0, le=100)]
    first_after: Duration
    longest: Duration


class Permissions(Policy):
    """The roles of a token that may do this; `operator` may do everything."""

    record_colleagues: Roles
    erase_colleagues: Roles
    read_colleagues: Roles
    assign_teams: Roles
    resend: Roles


class NotificationsPolicy(Policy):
    """The policy of the notifications service; `policy.yaml` beside this file is the default, with a comment on each part."""

    look_in: Annotated[tuple[Place, ...], Field(min_length=1)]
    colleagues_at_most: Annotated[int, Field(ge=1, le=1000)]
    owner_role: Slug
    roles: dict[Slug, Slug]
    mailboxes: dict[Slug, Mailbox]
    wins: Annotated[dict[Slug, Need], Field(min_length=1)]
    notices: Notices
    colleague: Manner
    department: Manner
    critical: frozenset[Kind]
    critical_channels: Channels
    keep_for: Duration
    digest_items: Annotated[int, Field(ge=1, le=5000)]
    retrying: Retrying
    permissions: Permissions

    @cached_property
    def roles_of(self) -> Mapping[str, tuple[str, ...]]:
        """By department, the roles whose people make it up."""
        found: dict[str, tuple[str, ...]] = {}
        for role, department in self.roles.items():
            found[department] = (*found.get(department, ()), role)
        return found

    @model_validator(mode="after")
    def _known_departments(self) -> Self:
        for role, department in self.roles.items():
            if Place.MAILBOX in self.look_in and department not in self.mailboxes:
                raise ValueError(f"roles: {role} belongs to {department}, which has no mailbox")
        if self.keep_for < timedelta(days=1):
            raise ValueError("keep_for: at least 1d, or notifications go before anybody reads them")
        if Channel.NONE in {*self.colleague.channels, *self.department.channels, *self.critical_channels}:
            raise ValueError("channels: inbox and email are channels; an empty list is none")
        return self
