"""The AsyncAPI document says what a service sends and receives, and every reference in it leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from contracts.asyncapi import Json, Use, document
from contracts.deals import CloseDeal, DealClosedWon, OpenDeal
from contracts.message import Command
from contracts.people import CustomerPersonRecorded
from contracts.registry import every_message
from contracts.topics import DEALS, SERVICES


class Gone(Command, abstract=True):
    """Stands for a tombstone: no type of the wire."""

    topic = DEALS.people
    wire_name = "Gone"


DOCUMENT = document(
    "deals",
    "1.2.3",
    [
        Use(DEALS.commands, (OpenDeal, CloseDeal), "receive"),
        Use(DEALS.people, (CustomerPersonRecorded, Gone), "receive"),
        Use(DEALS.people, (CustomerPersonRecorded,), "send"),
        Use(DEALS.events, (DealClosedWon,), "send"),
    ],
    prefix="acme",
    partitions=3,
    servers={"kafka": "broker:9092"},
)


def references(part: Any) -> Iterator[str]:
    """Every `$ref` anywhere in a document."""
    if isinstance(part, dict):
        if isinstance(ref := part.get("$ref"), str):
            yield ref
        for child in part.values():
            yield from references(child)
    elif isinstance(part, list):
        for child in part:
            yield from references(child)


def follow(whole: Json, ref: str) -> Any:
    """What a local JSON Pointer leads to; KeyError where it leads nowhere."""
    part: Any = whole
    for step in ref.removeprefix("#/").split("/"):
        part = part[step]
    return part


def everything() -> Json:
    """The document of an application that sends every message of the system."""
    uses = [
        Use(topic, tuple(message for message in every_message() if message.topic == topic), "send")
        for service in SERVICES
        for topic in service.all()
    ]
    return document("everything", "1", uses)


@pytest.mark.parametrize("whole", [DOCUMENT, everything()], ids=["deals", "everything"])
def test_every_reference_leads_somewhere(whole: Json) -> None:
    found = list(references(whole))
    assert found
    for ref in found:
        assert follow(whole, ref)


@pytest.mark.parametrize("whole", [DOCUMENT, everything()], ids=["deals", "everything"])
def test_a_reader_of_asyncapi_3_takes_the_document(whole: Json) -> None:
    # The reader demands a server's pathname, which the specification leaves optional.
    assert ApplicationSchema.model_validate({**whole, "servers": None}).asyncapi == "3.0.0"


def test_the_document_has_what_the_specification_requires() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"]["title"] == "deals"
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["servers"]["kafka"] == {"host": "broker:9092", "protocol": "kafka"}
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].startswith("#/channels/")


def test_a_channel_names_its_topic_and_partitions() -> None:
    channel = DOCUMENT["channels"]["deals.commands"]
    assert channel["address"] == "acme.deals.commands"
    assert channel["bindings"]["kafka"]["partitions"] == 3
    assert set(channel["messages"]) == {"deals.OpenDeal.v1", "deals.CloseDeal.v1"}


def test_a_compacted_topic_states_no_retention() -> None:
    kafka = DOCUMENT["channels"]["deals.people"]["bindings"]["kafka"]["topicConfiguration"]
    assert kafka["cleanup.policy"] == ["compact"]
    assert "retention.ms" not in kafka


def test_a_topic_that_is_sent_to_and_received_from_has_two_operations_on_one_channel() -> None:
    send, receive = DOCUMENT["operations"]["send.deals.people"], DOCUMENT["operations"]["receive.deals.people"]
    assert send["channel"] == receive["channel"]
    assert (send["action"], receive["action"]) == ("send", "receive")


def test_an_operation_names_messages_of_its_own_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")


def test_a_message_states_its_key_and_its_payload() -> None:
    message = DOCUMENT["components"]["messages"]["deals.DealClosedWon.v1"]
    assert "deal_id" in message["bindings"]["kafka"]["key"]["description"]
    assert "deal_id" in follow(DOCUMENT, message["payload"]["$ref"])["required"]
    assert message["summary"].startswith("The deal is won")


def test_a_class_that_stands_for_a_tombstone_is_left_out() -> None:
    assert set(DOCUMENT["components"]["messages"]) == {
        "deals.OpenDeal.v1",
        "deals.CloseDeal.v1",
        "deals.DealClosedWon.v1",
        "deals.CustomerPersonRecorded.v1",
    }


def test_uses_of_one_topic_in_one_direction_are_one_operation() -> None:
    apart = document("deals", "1", [Use(DEALS.commands, (OpenDeal,), "receive"), Use(DEALS.commands, (CloseDeal, OpenDeal), "receive")])
    assert list(apart["operations"]) == ["receive.deals.commands"]
    assert len(apart["operations"]["receive.deals.commands"]["messages"]) == 2
