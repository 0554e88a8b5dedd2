"""What tests of deciders need: a context, people with keys, callers with a token."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from chassis.context import Context
from chassis.decision import Actor
from chassis.sealing import new_key
from contracts.people import PersonDetails

P = TypeVar("P")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_person(person_id: str, name: str = "Somebody", email: str | None = "somebody@example.com") -> PersonDetails:
    """A record of a person, with a key of their own."""
    return PersonDetails(person_id=person_id, name=name, email=email, sealing_key=new_key())


def verified(person_id: str, *roles: str) -> Actor:
    """A caller whose token says who they are."""
    return Actor(id=person_id, roles=frozenset(roles), verified=True)


def a_context(
    policy: P,
    *,
    now: datetime = NOW,
    actor: Actor | None = None,
    people: Iterable[PersonDetails] = (),
    reference: Any = None,
    message_id: str = "message-1",
) -> Context[P]:
    """The surroundings of one decision."""
    return Context(
        now=now,
        policy=policy,
        message_id=message_id,
        source="/tests",
        actor=actor or Actor(id="/tests"),
        people={person.person_id: person for person in people},
        reference=reference,
    )
