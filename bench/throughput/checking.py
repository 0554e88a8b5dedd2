"""Whether a contestant's result is the expected one: states, events with their ids and order, dead letters."""

import json
from collections import defaultdict

from bench.ground.system import System
from bench.ground.topics import Found, read_topic
from bench.job.expected import Expected, Told, described, plain

SHOWN = 3
"""Differences of a kind that are shown."""


def differences(system: System, expected: Expected, events: list[Found]) -> list[str]:
    """What is not as expected, a line each; none if the result is right."""
    return [
        *_unlike("state", {row["_id"]: plain(described(row["state"])) for row in system.database.deals.find()}, expected.states),
        *_unlike("sequence", _sequences(system), {key: len(told) for key, told in expected.events.items()}),
        *_unlike("events", _by_aggregate(events), expected.events),
        *_dead(system, expected),
    ]


def _unlike(what: str, found: dict[str, object] | dict[str, str], expected: object) -> list[str]:
    assert isinstance(expected, dict)
    wrong = [key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)]
    return [f"{what} of {key}: {str(found.get(key))[:400]}, expected {str(expected.get(key))[:400]}" for key in sorted(wrong)[:SHOWN]]


def _sequences(system: System) -> dict[str, object]:
    return {row["_id"]: row["sequence"] for row in system.database.deals.find({}, {"sequence": 1})}


def _by_aggregate(events: list[Found]) -> dict[str, object]:
    told: dict[str, object] = {}
    lists: defaultdict[str, list[Told]] = defaultdict(list)
    for record in events:
        headers = {name: value.decode() for name, value in record.headers.items()}
        value = plain(json.loads(record.value))
        lists[record.key.decode()].append(Told(headers["ce_id"], headers["ce_type"], int(headers["ce_sequence"]), value))
    told.update(lists)
    return told


def _dead(system: System, expected: Expected) -> list[str]:
    copies = sorted(record.headers["ce_id"].decode() for record in read_topic(system.addresses.kafka, system.dead_letters))
    kept = sorted(dict(row["headers"])["ce_id"].decode() for row in system.database.dead_letters.find())
    places = {"copies on the topic": copies, "documents": kept}
    return [f"dead letters, {where}: {some[:SHOWN]}…" for where, some in places.items() if some != sorted(expected.dead)]
