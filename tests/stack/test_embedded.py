"""The embedded stack as a library: real servers, kept data and ports, and what it says when it cannot start."""

import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from stack.embedded import Stack
from stack.errors import StackError
from tests.leftovers import mongo_client

pytestmark = pytest.mark.integration


def test_kafka_keeps_its_records_and_its_address_over_kill_9(breakable_stack: Stack) -> None:
    """A record that all replicas acknowledged is there after the broker was killed and started again, at the same address."""
    address = breakable_stack.addresses.kafka
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(10)
    producer = Producer({"bootstrap.servers": address, "acks": "all"})
    producer.produce("kept", b"before the kill")
    assert producer.flush(10) == 0
    breakable_stack.kafka.kill()
    assert not breakable_stack.kafka.running
    breakable_stack.kafka.start()
    assert breakable_stack.addresses.kafka == address
    assert _first_value(address, "kept") == b"before the kill"


def test_mongodb_commits_transactions_and_keeps_them_over_kill_9(breakable_stack: Stack) -> None:
    """What a transaction committed with majority concern is there after mongod was killed and started again."""
    with mongo_client(breakable_stack.addresses.mongo) as client:
        client["stack_test"]["kept"].insert_one({"_id": "outside"})
        with client.start_session() as session, session.start_transaction():
            client["stack_test"]["kept"].insert_one({"_id": "inside"}, session=session)
        breakable_stack.mongo.kill()
        breakable_stack.mongo.start()
        assert {document["_id"] for document in client["stack_test"]["kept"].find()} == {"outside", "inside"}


def test_a_mongodb_that_says_too_early_that_it_has_no_set_is_asked_again(breakable_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restarted server answers before it has read its set from disk, and then refuses to form another."""
    answer, early = Database.command, [OperationFailure("no replset config has been received", 94)]

    def command(database: Database[Any], name: Any, *more: Any, **options: Any) -> Any:
        if name == "replSetGetConfig" and early:
            raise early.pop()
        return answer(database, name, *more, **options)

    monkeypatch.setattr(Database, "command", command)
    breakable_stack.mongo.restart()
    assert not early
    assert breakable_stack.mongo.await_primary()


def test_a_paused_mongodb_answers_again_once_resumed(breakable_stack: Stack) -> None:
    with mongo_client(breakable_stack.addresses.mongo, socketTimeoutMS=500, serverSelectionTimeoutMS=500) as client:
        client.admin.command("ping")
        breakable_stack.mongo.pause()
        with pytest.raises(PyMongoError):
            client.admin.command("ping")
        breakable_stack.mongo.resume()
    with mongo_client(breakable_stack.addresses.mongo) as client:
        assert client.admin.command("ping")["ok"] == 1


def test_the_mail_catcher_shows_what_was_sent_also_after_its_own_restart(breakable_stack: Stack) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Übergabe: Acme", "baton@example.com", "dana@example.com"
    message.set_content("Plain words\n")
    message.add_alternative("<p>Words</p>", subtype="html")
    host, port = breakable_stack.addresses.smtp.split(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.send_message(message, to_addrs=["dana@example.com"])
        smtp.send_message(message, to_addrs=["ravi@example.com"])
    breakable_stack.mail.restart()
    with httpx.Client(base_url=breakable_stack.addresses.mail) as pages:
        (mail,) = pages.get("/messages", params={"to": "Dana@example.com", "subject": "acme"}).raise_for_status().json()
        assert (mail["id"], mail["sender"], mail["to"], mail["subject"]) == (1, "baton@example.com", ["dana@example.com"], "Übergabe: Acme")
        assert (mail["text"].strip(), mail["html"].strip()) == ("Plain words", "<p>Words</p>")
        assert [later["id"] for later in pages.get("/messages", params={"after": 1}).json()] == [2]
        assert pages.get("/messages/7").status_code == 404
        pages.delete("/messages")
        assert pages.get("/health").json() == {"messages": 0}


def test_a_second_stack_in_the_same_folder_is_refused_in_one_sentence(breakable_stack: Stack) -> None:
    with pytest.raises(StackError, match=r"^A stack is already running in .*; stop it first, or choose another folder\.$"):
        Stack(breakable_stack.home).start()


def test_a_replica_set_of_three_elects_another_primary_when_one_is_killed(tmp_path: Path) -> None:
    """With a majority left, the set takes writes again, and nothing written with majority concern is lost."""
    with Stack(tmp_path, mongo_members=3) as stack, mongo_client(stack.addresses.mongo, w="majority") as client:
        client["stack_test"]["kept"].insert_one({"_id": 1})
        first = stack.mongo.await_primary()
        first.kill()
        assert stack.mongo.await_primary() is not first
        assert client["stack_test"]["kept"].find_one() == {"_id": 1}
        first.start()
        stack.mongo.step_down(seconds=30)
        client["stack_test"]["kept"].insert_one({"_id": 2})


def _first_value(address: str, topic: str) -> bytes | None:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        return message.value()
    finally:
        consumer.close()
