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
        headers = [
            ("ce_specversion", SPEC_VERSION),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", format_time(self.time).encode()),
            ("content-type", JSON),
        ]
        if self.sequence is not None:
            headers.append(("ce_sequence", b"%d" % self.sequence))
        if self.dataschema is not None:
            headers.append(("ce_dataschema", self.dataschema.encode()))
        if self.correlation_id is not None:
            headers.append(("ce_correlationid", self.correlation_id.encode()))
        if self.causation_id is not None:
            headers.append(("ce_causationid", self.causation_id.encode()))
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent.encode()))
        return headers


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC, with microseconds: the same length always, so that the text sorts as the time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC.

    Raises:
        ValueError: it is not one, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)
