"""Records of people: the copies that a service keeps of the compacted people topics, and how their owners record and erase them."""

from typing import Any

from chassis.aggregate import Aggregate
from chassis.context import Context
from chassis.decision import Decision, Tombstone
from chassis.line import Line, on
from contracts.message import Command
from contracts.people import ColleagueRecorded, CustomerPersonRecorded, Email
from contracts.topics import DEALS, NOTIFICATIONS
from contracts.values import Id, Label, Slug

CUSTOMERS = Aggregate("customer", CustomerPersonRecorded, "customers")
COLLEAGUES = Aggregate("colleague", ColleagueRecorded, "colleagues")
PEOPLE = (CUSTOMERS, COLLEAGUES)


class RecordCustomerPerson(Command, abstract=True):
    """Record a customer's person, or what has changed. No topic carries it: names travel on people topics only.

    `new_key`: the sealing key if the person is new; a known person keeps theirs.
    """

    topic = DEALS.people
    wire_name = "RecordCustomerPerson"
    key_field = "person_id"

    person_id: Id
    name: Label
    email: Email | None = None
    phone: Label | None = None
    time_zone: Label = "UTC"
    account_id: Id | None = None
    new_key: str


class RecordColleague(Command, abstract=True):
    """Record a colleague, or what has changed. `new_key` as for `RecordCustomerPerson`."""

    topic = NOTIFICATIONS.people
    wire_name = "RecordColleague"
    key_field = "person_id"

    person_id: Id
    name: Label
    email: Email | None = None
    phone: Label | None = None
    time_zone: Label = "UTC"
    roles: tuple[Slug, ...] = ()
    department: Slug | None = None
    new_key: str


class ErasePerson(Command, abstract=True):
    """Erase a person: their record becomes a tombstone, and every text sealed under their key unreadable (X5)."""

    topic = DEALS.people
    wire_name = "ErasePerson"
    key_field = "person_id"

    person_id: Id


class PersonErased(Command, abstract=True):
    """A tombstone that was read from a people topic."""

    topic = DEALS.people
    wire_name = "PersonErased"
    key_field = "person_id"

    person_id: Id


def record_customer(
    known: CustomerPersonRecorded | None, command: RecordCustomerPerson, context: Context[Any]
) -> Decision[CustomerPersonRecorded] | None:
    """A customer's person as told; the key stays the one they had."""
    record = CustomerPersonRecorded(**command.model_dump(exclude={"new_key"}), sealing_key=known.sealing_key if known else command.new_key)
    return None if record == known else Decision(record, events=[record])


def record_colleague(
    known: ColleagueRecorded | None, command: RecordColleague, context: Context[Any]
) -> Decision[ColleagueRecorded] | None:
    """A colleague as told; the key stays the one they had."""
    record = ColleagueRecorded(**command.model_dump(exclude={"new_key"}), sealing_key=known.sealing_key if known else command.new_key)
    return None if record == known else Decision(record, events=[record])


def erase_customer(known: CustomerPersonRecorded | None, command: ErasePerson, context: Context[Any]) -> Decision[Any] | None:
    """Erase here and, by the tombstone, everywhere."""
    return Decision(None, events=[Tombstone(DEALS.people, command.person_id)]) if known else None


def erase_colleague(known: ColleagueRecorded | None, command: ErasePerson, context: Context[Any]) -> Decision[Any] | None:
    """Erase here and, by the tombstone, everywhere."""
    return Decision(None, events=[Tombstone(NOTIFICATIONS.people, command.person_id)]) if known else None


def copy_customer(known: Any, record: CustomerPersonRecorded, context: Context[Any]) -> Decision[Any] | None:
    """Keep what the topic says of a customer's person."""
    return None if record == known else Decision(record)


def copy_colleague(known: Any, record: ColleagueRecorded, context: Context[Any]) -> Decision[Any] | None:
    """Keep what the topic says of a colleague."""
    return None if record == known else Decision(record)


def drop_customer(known: Any, erased: PersonErased, context: Context[Any]) -> Decision[Any] | None:
    """Drop the copy at the tombstone."""
    return Decision(None) if known else None


def drop_colleague(known: Any, erased: PersonErased, context: Context[Any]) -> Decision[Any] | None:
    """Drop the copy at the tombstone."""
    return Decision(None) if known else None


COPY_CUSTOMERS: tuple[Line, ...] = (
    on(DEALS.people, CustomerPersonRecorded, copy_customer, CUSTOMERS),
    Line("drop_customer", DEALS.people, PersonErased, drop_customer, CUSTOMERS, lambda erased: str(erased.key)),
)
COPY_COLLEAGUES: tuple[Line, ...] = (
    on(NOTIFICATIONS.people, ColleagueRecorded, copy_colleague, COLLEAGUES),
    Line("drop_colleague", NOTIFICATIONS.people, PersonErased, drop_colleague, COLLEAGUES, lambda erased: str(erased.key)),
)
