"""What must hold: at every commit, at every record that is published, and when everything has come to rest."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from chassis.headers import ORIGIN
from tests.model.broker import Logged
from tests.model.documents import Document
from tests.model.tally import CANCEL, RANG, SET, TALLIES, Entered
from tests.model.versions import Place

History = list[tuple[str, int]]


class Violation(AssertionError):
    """A promise is broken."""


def check(holds: bool, otherwise: str) -> None:
    """Raise a violation unless it holds."""
    if not holds:
        raise Violation(otherwise)


# ---- at every commit --------------------------------------------------------------------------------------------


def check_applied(world: Any, owner: Any, writes: dict[Place, tuple[Document | None, Document | None]]) -> None:
    """A fence moves forward only, and past exactly the records that its transaction takes: a chain, without a gap or an overlap."""
    for (collection, id_), (before, after) in writes.items():
        if collection != "fences" or before is None:
            continue
        check(after is not None, f"the fence {id_} is gone")
        assert after is not None
        if owner is None:
            check(after["next"] == before["next"], f"the fence {id_} moved outside a transaction")
            continue
        _, topic, lane = id_.rsplit(":", 2)
        log = next((log for tp, log in world.broker.logs.items() if (tp.topic, tp.partition) == (topic, int(lane))), [])
        passed = [record.offset for record in log if before["next"] <= record.offset < after["next"]]
        taken = owner.committer.spans[id_]
        check(after["next"] > before["next"] and passed == taken, f"{id_} goes from {before['next']} to {after['next']} by {taken}")


# ---- at every record --------------------------------------------------------------------------------------------


def check_stored(world: Any, producer: Any, record: Logged) -> None:
    """What is published says what a majority has: nothing of it can be undone."""
    headers = dict(record.headers)
    if record.topic != world.deployment.name_of(Entered.topic):
        return
    event, sequence = json.loads(record.value or b""), int(headers["ce_sequence"])
    place = TALLIES.collection, event["deal_id"]
    found = world.server.versions.get(place, world.server.versions.majority)
    history = found["state"]["history"] if found else []
    says = [event["how"], event["number"]]
    check(history[sequence - 1 : sequence] == [says], f"published {says} as the {sequence}. event, and a majority has {history}")


# ---- at rest ----------------------------------------------------------------------------------------------------


def check_rest(world: Any) -> None:
    """All promises, when nothing is left to be done."""
    check_failures(world)
    histories = {d["_id"]: [(how, n) for how, n in d["state"]["history"]] for d in world.server.read(None, TALLIES.collection, {}, True)}
    events = world.broker.topic(world.deployment.name_of(Entered.topic))
    check_effects(world, histories)
    check_same_bytes(record for log in world.broker.logs.values() for record in log if record.topic.startswith("baton.deals."))
    for key, history in histories.items():
        check_events(key, history, [record for record in events if record.key == key.encode()])
        check_alarms(key, history)
    check_letters(world)
    check_answers(world, events)
    if not world.faults:
        twice = [i for i, n in Counter(dict(record.headers)["ce_id"] for record in events).items() if n > 1]
        check(not twice, f"published twice though nothing failed: {twice}")


def check_failures(world: Any) -> None:
    """Nothing that a process did in the background failed without anybody to hear of it, dead as the process may be by now."""
    for process in world.processes:
        failures = process.loop.failures()
        check(not failures, f"nobody has caught what {process.name} raised: {failures}")


def check_effects(world: Any, histories: dict[str, History]) -> None:
    """Every message that was acknowledged has its effect exactly once, of two under one id either of them; no other has any."""
    wanted = {key: Counter(some) for key, some in world.callers.published.items()}
    for (first, entry), (other, instead) in world.callers.rivals:
        if instead in histories.get(other, []):
            wanted[first][entry] -= 1
            wanted.setdefault(other, Counter())[instead] += 1
    for call in world.callers.calls:
        wanted.setdefault(call.command.deal_id, Counter())[call.command.how, call.command.number] += 1
    for key in wanted.keys() | histories.keys():
        found = Counter(entry for entry in histories.get(key, []) if entry[0] != RANG)
        check(found == wanted.get(key), f"{key} has {dict(found)}, and was told {dict(wanted.get(key, {}))}")


def check_events(key: str, history: History, events: list[Logged]) -> None:
    """The events say what the state says: first occurrences in order, numbered without a gap."""
    first: dict[bytes, tuple[int, str, int]] = {}
    for record in events:
        headers, said = dict(record.headers), json.loads(record.value or b"")
        first.setdefault(headers["ce_id"], (int(headers["ce_sequence"]), said["how"], said["number"]))
    wanted = [(index + 1, how, number) for index, (how, number) in enumerate(history)]
    check(list(first.values()) == wanted, f"{key} published {list(first.values())}, and its state is {wanted}")


def check_same_bytes(records: Iterable[Logged]) -> None:
    """What has the same id on the same topic is the same, byte by byte. Strangers do as they like, and a forwarded duplicate comes from
    another place."""
    seen: dict[tuple[str, bytes], tuple[Any, ...]] = {}
    for record in records:
        headers = dict(record.headers)
        if record.topic.endswith(("commands", "dead-letters")):
            continue
        what = record.key, record.value, [(name, value) for name, value in record.headers if name != ORIGIN]
        id_ = headers["ce_id"].decode()
        check(seen.setdefault((record.topic, headers["ce_id"]), what) == what, f"{id_} has two contents on {record.topic}")


def check_alarms(key: str, history: History) -> None:
    """The alarm rings once for each setting that was neither moved nor cancelled before, and never for another."""
    current: int | None = None
    for how, number in history:
        if how == SET:
            current = number
        elif how == CANCEL:
            current = None
        elif how == RANG:
            check(number == current, f"{key}: the alarm {number} rang, and {current} was current, in {history}")
            current = None
    check(current is None, f"{key}: the alarm {current} never rang, in {history}")


def check_letters(world: Any) -> None:
    """A message under an id used before is a dead letter, once for each record; nothing else is one."""
    letters = world.server.read(None, "dead_letters", {}, majority=True)
    reasons = Counter(letter["reason"] for letter in letters)
    check(dict(reasons) == ({"id_reused": world.callers.reused} if world.callers.reused else {}), f"dead letters: {dict(reasons)}")
    check(all(letter["attempts"] == 1 for letter in letters), f"a message died twice: {[letter['_id'] for letter in letters]}")
    copies = world.broker.topic(world.deployment.name_of(world.deployment.service.topics.dead_letters))
    places = {(dict(r.headers)["kafka_dlt-original-topic"], dict(r.headers)["kafka_dlt-original-offset"], r.partition) for r in copies}
    check(len(places) == len(letters), f"{len(letters)} dead letters have {len(places)} copies")


def check_answers(world: Any, events: list[Logged]) -> None:
    """What a caller was told is what was published; the second answer is the first."""
    published = {dict(record.headers)["ce_id"].decode() for record in events}
    for call in world.callers.calls:
        told = {id_ for ids in call.answered for id_ in ids}
        check(told <= published, f"{call.id} was told of {told - published}, which nobody published")
        check(len(set(call.answered)) == 1, f"{call.id} was answered in two ways: {call.answered}")
