"""The envelope of a message: CloudEvents 1.0 in the Kafka binding's binary mode, as record headers."""

from datetime import UTC, datetime
from typing import NamedTuple

SPEC_VERSION = b"1.0"
JSON = b"application/json"
Headers = list[tuple[str, bytes]]


class Envelope(NamedTuple):
    """CloudEvents attributes. `sequence`: the aggregate's own counter, from 1. `subject`: the business key.

    `correlation_id`: the id of the message that began it all; `causation_id`: the id of the message that this one follows from.
    `traceparent`: W3C trace context.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int | None = None
    dataschema: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    def headers(self) -> Headers:
        """The record headers; optional attributes only where they have a value."""
        id_, source, type_, subject, time, sequence, dataschema, correlation_id, causation_id, traceparent = self
        headers = [
            ("ce_specversion", SPEC_VERSION),
            ("ce_id", id_.encode()),
            ("ce_source", source.encode()),
            ("ce_type", type_.encode()),
            ("ce_subject", subject.encode()),
            ("ce_time", format_time(time).encode()),
            ("content-type", JSON),
        ]
        if sequence is not None:
            headers.append(("ce_sequence", b"%d" % sequence))
        if dataschema is not None:
            headers.append(("ce_dataschema", dataschema.encode()))
        if correlation_id is not None:
            headers.append(("ce_correlationid", correlation_id.encode()))
        if causation_id is not None:
            headers.append(("ce_causationid", causation_id.encode()))
        if traceparent is not None:
            headers.append(("traceparent", traceparent.encode()))
        return headers


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC, with microseconds: the same length always, so that the text sorts as the time does."""
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC.

    Raises:
        ValueError: it is not one, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
