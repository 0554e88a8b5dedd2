"""Trace context (W3C): carried from a message to those that follow from it, and spans around transactions where traces are wanted."""

import hashlib
import re
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

REQUEST: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The trace context of the HTTP request under way."""
TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")


def child_of(traceparent: str | None, id: str) -> str | None:
    """The trace context of the message `id` that follows from one with `traceparent`: same trace, a parent id made of the message id."""
    if traceparent is None or (match := TRACEPARENT.match(traceparent)) is None:
        return None
    return f"00-{match[1]}-{hashlib.blake2b(id.encode(), digest_size=8).hexdigest()}-{match[3]}"


def provider(service: str, endpoint: str | None) -> Any:
    """A tracer provider that sends to an OTLP endpoint; OpenTelemetry's no-op one where none is set."""
    if endpoint is None:
        return trace.NoOpTracerProvider()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # three megabytes that few need

    provider = TracerProvider(resource=Resource.create({"service.name": f"baton-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
