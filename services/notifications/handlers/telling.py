"""From one event to the private messages of everybody who is to hear of it, each recipient once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chassis.context import Context
from chassis.decision import Decision, Row
from contracts.notifications import Audience, NotifyRecipient, Substance
from services.notifications.domain import Channel, Kind, KnownDeal, State, Way, content, row
from services.notifications.handlers.addressing import Addressing
from services.notifications.policy import NotificationsPolicy

NOBODY = "nobody:"
"""Recipient ids of notifications that found nobody begin with this; the role or department follows."""


class Share(NamedTuple):
    """What one recipient is to hear, and for which roles or departments."""

    audience: Audience
    roles: tuple[str, ...]
    substance: Substance


@dataclass(frozen=True)
class Telling:
    """What is told of one event about one deal."""

    deal_id: str
    account_id: str
    kind: Kind
    context: Context[NotificationsPolicy]
    shares: dict[str, Share] = field(default_factory=dict)
    missed: list[Row] = field(default_factory=list)

    def tell(self, deal: KnownDeal | None, groups: Mapping[str, Substance]) -> Decision[KnownDeal]:
        """Each role or department is told its substance; a recipient who is in several is told once, with all of it."""
        addressing = Addressing(self.context.policy, self.context.reference, deal, self.account_id)
        for name, substance in groups.items():
            recipients = addressing.find(name)
            for recipient_id, audience in recipients:
                self._add(recipient_id, audience, name, substance)
            if not recipients:
                self._miss(name, substance)
        return Decision(deal, events=[self._message(recipient_id, share) for recipient_id, share in self.shares.items()], rows=self.missed)

    def tell_customer(self, deal: KnownDeal | None, person_id: str, substance: Substance) -> Decision[KnownDeal]:
        """One of the customer's people is told."""
        return Decision(deal, events=[self._message(person_id, Share(Audience.CUSTOMER, (), substance))])

    def _add(self, recipient_id: str, audience: Audience, name: str, substance: Substance) -> None:
        share = Share(audience, (name,), substance)
        if before := self.shares.get(recipient_id):
            share = Share(audience, (*before.roles, name), merge(before.substance, substance))
        self.shares[recipient_id] = share

    def _miss(self, name: str, substance: Substance) -> None:
        message, policy = self._message(NOBODY + name, Share(Audience.DEPARTMENT, (name,), substance)), self.context.policy
        common = content(message, self.context.now, policy.keep_for, self.kind in policy.critical)
        self.missed.append(row(message, Way(Channel.NONE, State.UNADDRESSED), common))

    def _message(self, recipient_id: str, share: Share) -> NotifyRecipient:
        return NotifyRecipient(
            recipient_id=recipient_id,
            audience=share.audience,
            about=self.deal_id,
            account_id=self.account_id,
            kind=self.kind.value,
            roles=share.roles,
            substance=share.substance,
            because_of=self.context.message_id,
            because_of_source=self.context.source,
            happened_at=self.context.now,
        )


def merge(one: Substance, other: Substance) -> Substance:
    """Everything that either says."""
    return Substance(facts={**one.facts, **other.facts}, people={**one.people, **other.people}, sealed={**one.sealed, **other.sealed})
