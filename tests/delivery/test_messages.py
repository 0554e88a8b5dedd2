"""What arrives on a topic, good and bad, at a running instance: every case here runs for all four services."""

import json
from dataclasses import replace

import pytest

from chassis import headers as names
from contracts.examples import example_of
from contracts.registry import every_message
from contracts.topics import RECORD_LIMIT
from tests.delivery.conftest import SERVICES, Make
from tests.delivery.foreign import Publisher, Sent, publish_with_header_name
from tests.delivery.probes import Probe
from tests.delivery.system import Document, System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")


@pytest.fixture(scope="module")
def system(probe: Probe, make: Make) -> System:
    """The service with one instance that runs through all of this module."""
    system = make(probe)
    system.start().await_ready()
    return system


def letters_of(system: System, *keys: str, count: int) -> list[Document]:
    """The dead letters of these keys, once there are so many."""

    def found() -> list[Document]:
        return [letter for letter in system.letters() if letter["key"] in keys]

    return eventually(lambda: found() if len(found()) >= count else [], f"{count} dead letters", told=system._waits)


def test_a_batch_delivered_three_times_has_its_effect_once(system: System) -> None:
    """Records that a foreign publisher sends again, with the same id, source and content, are passed over (the inbox)."""
    keys = [f"again-{n}" for n in range(8)]
    sent = system.publish(keys, times=3)
    system.publisher.publish(sent)
    system.await_settled(keys)
    system.publisher.publish([*sent, *sent])
    system.publish(keys)
    system.await_settled(keys)
    system.check(keys)


def test_an_id_used_again_with_other_content_is_a_dead_letter(system: System) -> None:
    """The same id and source around another content is nobody's redelivery: it changes nothing, and a person learns of it."""
    (sent,) = system.publish(["reused"])
    system.await_settled(["reused"])
    other = system.probe.sent(system.prefix, "reused-by-another", 0).value or b""
    system.publisher.publish([sent.with_value(other), sent])
    (letter,) = letters_of(system, "reused-by-another", count=1)
    assert letter["reason"] == "id_reused"
    assert system.aggregate("reused-by-another") is None
    system.check(["reused"])


def test_the_same_id_from_another_source_is_another_message(system: System) -> None:
    """Ids are unique within their source only (CloudEvents 1.0). The two are of one type: the inbox has a row for each line anyway."""
    first, second, third = system.next_changes(["two-sources"], times=3)
    assert second.type == third.type
    system.changes["two-sources"][2] = third = replace(third, id=second.id, source="/elsewhere/erp")
    system.publisher.publish([first, second, third])
    system.await_settled(["two-sources"])
    document = system.aggregate("two-sources")
    assert document is not None
    assert (document["applied"], system.probe.mark(document["state"])) == (3, 2)


def test_poison_among_good_ones_harms_none_of_them(system: System) -> None:
    """Each bad record becomes a dead letter that names its place and its reason, in the database and on the topic; every good one before,
    between and behind has its effect."""
    key = "poison"
    elsewhere = next(message for message in every_message() if message.topic != system.probe.topic)
    good = system.next_changes([key], times=8)
    bad = {
        "invalid": good[0].with_value(b"[]"),
        "unknown_type": replace(good[0], type="elsewhere.Unheard.v1"),
        "wrong_topic": replace(good[0], type=elsewhere.wire_type()),
        "headers": replace(good[0], extra=(("ce_source", b"\xff\xfe"),)),
    }
    bad = {reason: replace(sent, id=f"{system.prefix}-{reason}") for reason, sent in bad.items()}
    not_json = replace(good[0].with_value(b"{not json"), id=f"{system.prefix}-not-json")
    queue = [sent for pair in zip(good, [*bad.values(), not_json, *bad.values()], strict=False) for sent in pair]
    system.publisher.publish(queue)
    system.await_settled([key])
    found = letters_of(system, key, count=7)
    # the last three repeat ids: what belongs to a line is remembered, and passed over when it comes again
    reasons = sorted(letter["reason"] for letter in found)
    assert reasons == sorted(["invalid", "invalid", "headers", *["unknown_type", "wrong_topic"] * 2])
    system.check([key], letters=7)
    copies = {(r.headers[f"{names.DLT}original-topic"], r.headers[f"{names.DLT}original-offset"]): r for r in system.read("dead-letters")}
    for letter in found:
        copy = copies[letter["topic"].encode(), letter["offset"].to_bytes(8, "big")]
        assert copy.headers[f"{names.DLT}original-partition"] == letter["partition"].to_bytes(4, "big")
        assert copy.headers[f"{names.DLT}exception-fqcn"] == letter["reason"].encode()
        assert copy.headers[f"{names.DLT}exception-message"] == letter["message"].encode() != b""
        assert (copy.key, copy.value) == (key.encode(), letter["value"])
        assert (letter["partition"], letter["attempts"]) == (system.lane(key), 1)


def test_a_header_value_that_is_not_utf_8_and_not_ours_is_carried(system: System) -> None:
    """A header that Baton does not read may hold any bytes: the message is taken."""
    (sent,) = system.next_changes(["binary-header"])
    system.publisher.publish([replace(sent, extra=(("x-blob", b"\xff\x00\xfe"),))])
    system.await_settled(["binary-header"])
    system.check(["binary-header"])


def test_a_header_name_that_is_not_utf_8_kills_one_record_and_no_other(system: System) -> None:
    """aiokafka's own consumer raises on such a record, and with it drops every good one of the same producer batch, for ever. Here it is a
    dead letter with its place, and its batch has its effect."""
    key = "header-name"
    good = system.next_changes([key], times=6)
    broken = replace(system.probe.sent(system.prefix, key, 0), id="unreadable")
    batch = [*good[:2], broken, *good[2:4], broken, *good[4:]]
    publish_with_header_name(system.addresses.kafka, system.lane(key), batch, broken=(2, 5), name=b"x-\xff\xfe")
    system.publish([key, "header-name-next"], times=2)
    system.await_settled([key, "header-name-next"])
    first, second = letters_of(system, key, count=2)
    assert {first["reason"], second["reason"]} == {"unreadable"}
    assert second["offset"] - first["offset"] == 3
    system.check([key, "header-name-next"], letters=2)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_compressed_batch_is_read(system: System, codec: str) -> None:
    """Publishers choose their compression: every codec of Kafka is read."""
    keys = [f"{codec}-{n}" for n in range(3)]
    Publisher(system.addresses.kafka, **{"compression.type": codec, "linger.ms": 50}).publish(system.next_changes(keys, times=10))
    system.await_settled(keys)
    system.check(keys)


def test_an_aborted_foreign_transaction_has_no_effect(system: System) -> None:
    """Records of an aborted transaction were never said; those of committed ones around it have their effect, over the gaps in offsets."""
    keys = ["aborted-1", "aborted-2", "aborted-3"]
    publisher = Publisher(system.addresses.kafka, **{"transactional.id": system.prefix})
    publisher.transaction(system.next_changes(keys, times=2), commit=True)
    for key in keys:
        lost = [system.probe.sent(system.prefix, key, n) for n in (2, 3, 4)]
        publisher.transaction([*lost, replace(lost[0], type="elsewhere.Unheard.v1", id="never-said")], commit=False)
    publisher.transaction(system.next_changes(keys), commit=True)
    publisher.transaction([replace(system.probe.sent(system.prefix, key, 9)) for key in keys], commit=False)
    system.publish(keys)
    system.await_settled(keys)
    system.check(keys)


def test_a_type_that_is_known_and_not_subscribed_to_is_passed_over(system: System) -> None:
    """Counted, and neither remembered nor a dead letter."""
    lines = {(line.topic, line.message) for line in system.probe.declared.lines}
    subscribed = set(system.probe.declared.subscribed)
    passed = [message for message in every_message() if message.topic in subscribed and (message.topic, message) not in lines]
    if not passed:
        assert system.probe.service == "notifications", "every type of every topic read is subscribed to"
        return
    messages = [message.model_validate_json(json.dumps(example_of(message))) for message in passed]
    before = _passed(system)
    system.publisher.publish([replace(system.probe.as_sent(system.prefix, "passed", message), key="passed") for message in messages])
    eventually(lambda: _passed(system) >= before + len(messages), "all are counted as passed over")
    assert [letter for letter in system.letters() if letter["key"] == "passed"] == []


def _passed(system: System) -> int:
    text = system.instances[0].ask("GET", "/metrics").text
    name = f'baton_{system.probe.service}_messages_total{{outcome="passed"}}'
    return int(sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name)))


def test_an_effect_too_large_to_store_or_publish_is_a_dead_letter_of_its_cause(system: System) -> None:
    """Sizes are checked when deciding: the message that asks for too much dies, alone, and the broker never sees it."""
    key = "swollen"
    publisher = Publisher(system.addresses.kafka, **{"message.max.bytes": 4 << 20})
    publisher.publish([system.probe.as_sent(system.prefix, key, system.probe.swell(key))])
    publisher.publish(system.next_changes([key]))
    system.await_settled([key])
    (letter,) = letters_of(system, key, count=1)
    assert letter["reason"] == "too_large"
    system.check([key], letters=1)


def test_the_largest_record_fits_on_the_dead_letter_topic(system: System) -> None:
    """A dead letter is its record and more headers: its topic takes what no other would. Here by 70 bytes."""
    key = "largest"
    publisher = Publisher(system.addresses.kafka, **{"message.max.bytes": 4 << 20})
    heavy = Sent(system.probe.topic.name(system.prefix), key, "elsewhere.Heavy.v1", b"x" * (RECORD_LIMIT + (64 << 10) - 350))
    publisher.publish([heavy, *system.next_changes([key])])
    system.await_settled([key])
    system.check([key], letters=1)
    (copy,) = [record for record in system.read("dead-letters") if record.id == heavy.id]
    assert copy.value == heavy.value


@pytest.mark.parametrize("lane", ["right", "wrong"])
def test_a_record_that_fits_only_compressed_is_dead_alone(system: System, lane: str) -> None:
    """Kafka measures what is compressed: 20 MB of spaces fit a topic, but no document, and no topic of ours as they are. In the right lane
    or in a wrong one, such a record is a dead letter with its beginning; what stands around it has its effect."""
    key = f"squeezed-{lane}"
    elsewhere = next(name for name in map(f"{key}-{{}}".format, range(100)) if system.lane(name) != system.lane(key))
    under = key if lane == "right" else elsewhere
    large = replace(system.probe.sent(system.prefix, key, 9), key=under)
    large = large.with_value((large.value or b"") + b" " * (20 << 20))
    publisher = Publisher(system.addresses.kafka, **{"compression.type": "gzip", "message.max.bytes": 64 << 20})
    publisher.publish([*system.next_changes([key, elsewhere]), large, *system.next_changes([key, elsewhere])])
    system.await_settled([key, elsewhere])
    (letter,) = letters_of(system, under, count=1)
    assert (letter["reason"], letter["id"], letter["partition"]) == ("too_large", large.id, system.lane(under))
    assert letter["full_size"] > 20 << 20
    assert letter["value"] == large.value[: 64 << 10]  # type: ignore[index]
    (copy,) = [record for record in system.read("dead-letters") if record.id == large.id]
    assert (copy.value, copy.headers[names.FULL_SIZE]) == (letter["value"], str(letter["full_size"]).encode())
    system.check([key, elsewhere], letters=1)


def test_what_was_polled_together_with_an_unreadable_record_is_not_lost(make: Make) -> None:
    """aiokafka drops what it had drained from other partitions when it raises, though their positions have moved on: all are read again.

    How the client is polled is no service's business: shown with deals, on every lane at once.
    """
    system = make(SERVICES["deals"])
    keys = [f"key-{n}" for n in range(40)]
    for _ in range(5):
        system.publish(keys, times=4)
        for lane in range(3):
            key = next(key for key in keys if system.lane(key) == lane)
            broken = replace(system.probe.sent(system.prefix, key, 0), id=f"unreadable-{lane}")
            publish_with_header_name(system.addresses.kafka, lane, [*system.next_changes([key]), broken], broken=(1,), name=b"\xff")
    system.start()
    system.await_settled()
    system.check(letters=15)
