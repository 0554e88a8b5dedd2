"""Timers as documents: one for each name of an aggregate, with the generation that the aggregate knows too."""

from datetime import datetime, timedelta
from typing import Any

from chassis.decision import Timer
from chassis.incoming import Incoming
from chassis.outbox import EVENT_LIMIT
from chassis.stored import TooLarge


def timer_id(collection: str, key: str, name: str) -> str:
    """The id of the timer; setting the name again replaces the document."""
    return f"{collection}|{key}|{name}"


def _not_before(moment: datetime) -> datetime:
    """The moment rounded up to the millisecond, which is all that the database keeps: a timer must never fire before its time."""
    return moment + timedelta(microseconds=-moment.microsecond % 1000)


def timer_document(cause: Incoming, collection: str, lane: int, timer: Timer, generation: int) -> dict[str, Any]:
    """What is stored of a timer: when it is due, and the message that it will send.

    Raises:
        TooLarge: the message has more than `EVENT_LIMIT` bytes.
    """
    value = timer.message.model_dump_json().encode()
    if len(value) > EVENT_LIMIT:
        raise TooLarge(f"the timer's {timer.message.wire_type()} would have {len(value):,} bytes, more than {EVENT_LIMIT:,}")
    return {
        "_id": timer_id(collection, cause.key, timer.name),
        "lane": lane,
        "due_at": _not_before(timer.due_at),
        "generation": generation,
        "name": timer.name,
        "key": cause.key,
        "type": timer.message.wire_type(),
        "value": value,
        "correlation": cause.correlation,
        "causation": cause.id,
        "traceparent": cause.traceparent,
    }
