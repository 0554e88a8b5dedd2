"""What a decider may know besides the state and the message: the time, the policy, who asks, and records of people."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from chassis.decision import Actor, Forbidden, PersonUnknown
from chassis.sealing import seal
from contracts.people import PersonDetails
from contracts.values import SealedText

P = TypeVar("P")


class Context(NamedTuple, Generic[P]):
    """The surroundings of one decision.

    `now`: the message's own time (UTC), never later than the clock; deadlines count from it. `message_id`, `source`: the message's
    CloudEvents id and source. `people`: records of those persons that the subscription line mentions and this service knows.
    `reference`: the service's snapshot of slowly changing reference data, or None.
    """

    now: datetime
    policy: P
    message_id: str
    source: str
    actor: Actor
    people: Mapping[str, PersonDetails] = MappingProxyType({})
    reference: Any = None

    def seal(self, person_id: str, text: str) -> SealedText:
        """`text` encrypted under the person's key; the same arguments give the same bytes.

        Raises:
            PersonUnknown: no record of the person has reached this service.
        """
        if (person := self.people.get(person_id)) is None:
            raise PersonUnknown(
                f"no record of the person {person_id!r} has reached this service: record the person first", field="person_id"
            )
        return seal(person, text, self.message_id)

    def seal_optional(self, person_id: str, text: str | None) -> SealedText | None:
        """As `seal`; None stays None."""
        return None if text is None else self.seal(person_id, text)

    def named_person(self) -> str:
        """The id of the person whose token came with the message.

        Raises:
            Forbidden: no token came with it, so nobody in particular asks.
        """
        if not self.actor.verified:
            raise Forbidden("this needs a named person: send that person's token")
        return self.actor.id
