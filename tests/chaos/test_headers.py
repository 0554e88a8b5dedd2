"""Records that anybody may publish, and that end a process which reads their headers carelessly."""

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from stack.addresses import Addresses
from tests.chaos.checking.reading.headers import headers_of
from tests.delivery.foreign import Sent, publish_with_header_name

BROKEN = 40
RECORDS = 80
"""Enough for the interpreter to have made the calls fast when it comes to the one that is broken."""


def test_a_header_name_that_is_not_utf8_is_none_and_not_the_end_of_the_process(stack_under_test: Addresses, prefix: str) -> None:
    topic, kafka = f"{prefix}.deals.events", stack_under_test.kafka
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result()
    sent = [Sent(topic, f"key-{number}", "deals.DealReopened.v1", b"{}", id=f"id-{number}") for number in range(RECORDS)]
    publish_with_header_name(kafka, 0, sent, [BROKEN], b"x-\xff\xfe")
    found = [headers_of(record) for record in _read(kafka, topic)]
    ids = [None if headers is None else dict(headers)["ce_id"] for headers in found]
    assert ids == [None if number == BROKEN else f"id-{number}".encode() for number in range(RECORDS)]


def _read(kafka: str, topic: str) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": f"{topic}.readers", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found: list[Message] = []
    try:
        while len(found) < RECORDS:
            found += [message for message in consumer.consume(RECORDS, 20) if message.error() is None]
    finally:
        consumer.close()
    return found
