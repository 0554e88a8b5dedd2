"""A service's AsyncAPI 3.0 document, built from what it sends and receives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from contracts.message import REGISTER, Message
from contracts.topics import DEFAULT_PARTITIONS, DEFAULT_PREFIX, Topic

Action = Literal["send", "receive"]
Json = dict[str, Any]

SCHEMA_REF = "#/components/schemas/{model}"
KAFKA_BINDING = "0.5.0"


@dataclass(frozen=True)
class Use:
    """One thing that a service does with a topic: which messages it sends to it, or receives from it."""

    topic: Topic
    messages: tuple[type[Message], ...]
    action: Action


def document(
    title: str,
    version: str,
    uses: Iterable[Use],
    *,
    description: str = "",
    prefix: str = DEFAULT_PREFIX,
    partitions: int = DEFAULT_PARTITIONS,
    servers: Mapping[str, str] | None = None,
) -> Json:
    """The AsyncAPI 3.0 document of one service, as JSON types.

    `servers`: `host:port` of Kafka by a name. A class that stands for a tombstone is no type of the wire and left out.
    Source: the AsyncAPI specification 3.0.0 and its Kafka bindings.
    """
    known = _merged(uses)
    messages = sorted({message for use in known for message in use.messages}, key=lambda message: message.wire_type())
    refs, definitions = models_json_schema([(message, "validation") for message in messages], ref_template=SCHEMA_REF)
    parts: Json = {
        "schemas": definitions.get("$defs", {}),
        "messages": {message.wire_type(): _message(message, refs[message, "validation"]) for message in messages},
        "messageTraits": {"cloudevent": {"contentType": "application/json", "headers": _headers()}},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version, "description": description},
        "defaultContentType": "application/json",
        "servers": {name: {"host": host, "protocol": "kafka"} for name, host in (servers or {}).items()},
        "channels": _channels(known, prefix, partitions),
        "operations": {_operation_id(use): _operation(use) for use in known},
        "components": parts,
    }


def _merged(uses: Iterable[Use]) -> list[Use]:
    """One use for each topic and direction, with the messages that are on the wire, each once."""
    merged: dict[tuple[Topic, Action], dict[type[Message], None]] = {}
    for use in uses:
        known = (message for message in use.messages if REGISTER.get(message.wire_type()) is message)
        merged.setdefault((use.topic, use.action), {}).update(dict.fromkeys(known))
    return [Use(topic, tuple(messages), action) for (topic, action), messages in merged.items()]


def _channel_id(topic: Topic) -> str:
    return f"{topic.service}.{topic.kind}"


def _operation_id(use: Use) -> str:
    return f"{use.action}.{_channel_id(use.topic)}"


def _channels(uses: list[Use], prefix: str, partitions: int) -> Json:
    channels: Json = {}
    for use in uses:
        channel = channels.setdefault(_channel_id(use.topic), _channel(use.topic, prefix, partitions))
        for message in use.messages:
            channel["messages"][message.wire_type()] = {"$ref": f"#/components/messages/{message.wire_type()}"}
    return channels


def _channel(topic: Topic, prefix: str, partitions: int) -> Json:
    configuration: Json = {"cleanup.policy": ["compact" if topic.compacted else "delete"], "max.message.bytes": topic.record_limit}
    if not topic.compacted:
        configuration["retention.ms"] = int(topic.retention.total_seconds() * 1000)
    kafka = {"topic": topic.name(prefix), "partitions": partitions, "topicConfiguration": configuration, "bindingVersion": KAFKA_BINDING}
    return {"address": topic.name(prefix), "messages": {}, "bindings": {"kafka": kafka}}


def _operation(use: Use) -> Json:
    channel = f"#/channels/{_channel_id(use.topic)}"
    messages = [{"$ref": f"{channel}/messages/{message.wire_type()}"} for message in use.messages]
    return {"action": use.action, "channel": {"$ref": channel}, "messages": messages}


def _message(message: type[Message], payload: Json) -> Json:
    key = {"type": "string", "description": f"the business key: the payload's {message.key_field}"}
    return {
        "name": message.wire_type(),
        "title": message.wire_name,
        "summary": (message.__doc__ or "").strip().split("\n")[0],
        "payload": payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
    }


def _headers() -> Json:
    """The CloudEvents attributes as Kafka record headers (binary mode); every value is UTF-8 text."""
    required = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "unique within the source; a repeat has no further effect"},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_type": {"type": "string", "description": "the message's name, such as deals.DealClosedWon.v1"},
    }
    optional = {
        "ce_subject": {"type": "string", "description": "the business key, as the record's key"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "the aggregate's own counter, from 1"},
        "ce_dataschema": {"type": "string", "format": "uri-reference"},
        "ce_correlationid": {"type": "string", "description": "id of the message that began it all"},
        "ce_causationid": {"type": "string", "description": "id of the message that this one follows from"},
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "authorization": {"type": "string", "description": "Bearer and the token of a named person, on commands that need one"},
    }
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}
