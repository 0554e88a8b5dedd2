"""A publisher and reader that shares no code with Baton: the `cloudevents` SDK and `confluent-kafka`, and docs/publishing.md.

    foreign_publisher.py --kafka HOST:PORT send < messages.jsonl
    foreign_publisher.py --kafka HOST:PORT watch baton.deals.events --key d-1 --until deals.DealOpened.v1

`send` reads a JSON object a line: {"topic", "type", "key", "data"}, and optionally "id" (to send the same again) and "token" (of a
named person). It prints where each record went. `watch` prints the messages with a key from the beginning of a topic, until one is
what was waited for.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from cloudevents.http import CloudEvent
from cloudevents.kafka import KafkaMessage, from_binary, to_binary
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

SOURCE = "/example/foreign-publisher"
"""Names this program to Baton: together with a message's id it must be unique."""
DELIVERY_SECONDS = 30.0


def send(kafka: str, partitioner: str, lines: Iterator[str]) -> int:
    """Publish a message for each line, in order; 0 if the broker acknowledged all of them."""
    producer = Producer({"bootstrap.servers": kafka, "acks": "all", "enable.idempotence": True, "partitioner": partitioner})
    failures: list[str] = []

    def delivered(id_: str, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            failures.append(f"{id_}: {error.str()}")
            return
        print(json.dumps({"id": id_, "topic": message.topic(), "partition": message.partition(), "offset": message.offset()}), flush=True)

    for line in lines:
        wanted = json.loads(line)
        id_ = wanted.get("id") or str(uuid.uuid4())
        message = to_binary(cloud_event(wanted, id_))
        headers: dict[str, str | bytes | None] = {**message.headers}
        if token := wanted.get("token"):
            headers["authorization"] = f"Bearer {token}".encode()
        producer.produce(
            wanted["topic"],
            key=wanted["key"],
            value=message.value,
            headers=headers,
            on_delivery=partial(delivered, id_),
        )
    if producer.flush(DELIVERY_SECONDS):
        failures.append(f"no acknowledgement within {DELIVERY_SECONDS:.0f} s")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def cloud_event(wanted: dict[str, Any], id_: str) -> CloudEvent:
    """The message as a CloudEvent; the SDK adds `specversion` and `time`. Nothing of Baton's has to be imported to write one."""
    attributes = {
        "type": wanted["type"],
        "source": SOURCE,
        "id": id_,
        "subject": wanted["key"],
        "datacontenttype": "application/json",
    }
    return CloudEvent(attributes, wanted["data"])


def watch(kafka: str, topic: str, key: str, until: str | None, because_of: str | None, within: float) -> int:
    """Print the messages of a topic with this key; 0 once one has the type and the cause that were asked for, 1 if none comes in time."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": f"foreign-{uuid.uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    seen: set[tuple[str, str]] = set()
    deadline = time.monotonic() + within
    try:
        while time.monotonic() < deadline:
            record = consumer.poll(0.2)
            if record is None or record.error() or record.key() != key.encode() or (value := record.value()) is None:
                continue
            headers: dict[str, Any] = dict(record.headers() or [])
            event = from_binary(KafkaMessage(headers=headers, key=key, value=value))
            if (event["source"], event["id"]) in seen:
                continue  # events may come twice, with the same id
            seen.add((event["source"], event["id"]))
            cause = event.get("causationid")
            shown = {name: event.get(name) for name in ("id", "type", "subject", "time", "sequence")}
            print(json.dumps({**shown, "causation_id": cause, "data": event.get_data()}), flush=True)
            if (until is None or event["type"] == until) and (because_of is None or cause == because_of):
                return 0
    finally:
        consumer.close()
    print(f"nothing of the kind came on {topic} within {within:.0f} s", file=sys.stderr)
    return 1


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kafka", required=True, help="bootstrap servers, host:port")
    commands = parser.add_subparsers(dest="command", required=True)
    sending = commands.add_parser("send", help="publish the messages on standard input, one JSON object a line")
    sending.add_argument(
        "--partitioner", default="murmur2_random", help="murmur2_random places as Baton does; librdkafka's own default is not"
    )
    watching = commands.add_parser("watch", help="print a key's messages until one is what was waited for")
    watching.add_argument("topic")
    watching.add_argument("--key", required=True)
    watching.add_argument("--until", metavar="TYPE", help="the type that is waited for")
    watching.add_argument("--because-of", metavar="ID", help="the id of the message that it must follow from")
    watching.add_argument("--within", type=float, default=30.0, metavar="SECONDS")
    given = parser.parse_args()
    try:
        if given.command == "send":
            return send(given.kafka, given.partitioner, iter(sys.stdin))
        return watch(given.kafka, given.topic, given.key, given.until, given.because_of, given.within)
    except (KafkaException, KeyError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
