"""People on the bus: the one kind of record that carries names and addresses, by person id, on compacted topics."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.message import Event
from contracts.topics import DEALS, NOTIFICATIONS
from contracts.values import Id, Slug, Value

Email = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class PersonDetails(Value):
    """What is known of a person, and the key under which text by or about them is sealed."""

    person_id: Id
    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    email: Email | None = None
    phone: Annotated[str, StringConstraints(max_length=50)] | None = None
    time_zone: Annotated[str, Field(description="IANA name")] = "UTC"
    sealing_key: Annotated[str, Field(description="base64 of the 32 bytes of an AES-256-GCM key", repr=False)]


class CustomerPersonRecorded(PersonDetails, Event):
    """A customer's person as they are now. A tombstone under the same key erases them."""

    topic = DEALS.people
    key_field = "person_id"

    account_id: Id | None = None


class ColleagueRecorded(PersonDetails, Event):
    """A colleague as they are now. A tombstone under the same key erases them."""

    topic = NOTIFICATIONS.people
    key_field = "person_id"

    roles: tuple[Slug, ...] = ()
    department: Slug | None = None
