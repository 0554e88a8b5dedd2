"""Commands over HTTP beside messages from topics: the same aggregates, at the same time; each of the four services in turn.

Clocks that differ are shown with deals: what keeps the order is the outbox position, which no service has a part in.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.message import Message
from contracts.notifications import AssignAccountTeam
from tests.delivery.conftest import SERVICES, Make
from tests.delivery.probes import Probe
from tests.delivery.system import System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

ROUNDS = 15


@dataclass(frozen=True)
class Rival:
    """A command over HTTP on an aggregate that topics change, too: `path` with its key, the n-th body, and the answer expected."""

    method: str
    path: str
    body: Callable[[int], dict[str, Any]]
    status: int
    collection: str = ""


def _team(key: str, n: int) -> Message:
    return AssignAccountTeam(account_id=key, members={"csm": (f"colleague-{n}",)})


RIVALS = {
    "deals": Rival("PUT", "/deals/{}/terms", lambda n: {"price": {"amount_minor": n, "currency": "EUR"}}, 200),
    # refused, and so published and counted as a change of the aggregate
    "onboarding": Rival("PUT", "/handovers/{}/kickoff", lambda n: {"at": f"2020-01-01T10:00:{n:02}Z"}, 409),
    "notifications": Rival("PUT", "/accounts/{}/team", lambda n: {"members": {"ps_rep": [f"colleague-{n}"]}}, 200, "teams"),
    "feedback": Rival("POST", "/surveys/{}/answers", lambda n: {"survey_id": "other", "respondent_id": "person-12", "score": n % 11}, 404),
}


@pytest.fixture(scope="module")
def system(probe: Probe, make: Make) -> System:
    """The service with two instances, so that a command often reaches the one that does not hold the aggregate's lane."""
    system = make(probe)
    for instance in [system.start(), system.start()]:
        instance.await_ready()
    return system


def test_http_and_bus_change_one_aggregate_at_once_and_no_change_is_lost(system: System) -> None:
    """A conflict retries: each change is made once, from the state that the one before it left; events keep the aggregate's order."""
    rival, key = RIVALS[system.probe.service], "contested"
    teams = rival.collection == "teams"
    system.publish([key])
    if not teams:
        system.await_settled([key])

    def bus() -> None:
        for n in range(1, ROUNDS):
            if teams:
                system.publisher.publish([system.probe.as_sent(system.prefix, key, _team(key, n))])
            else:
                system.publish([key])

    def http(side: int) -> list[int]:
        ask = system.instances[side].ask
        return [ask(rival.method, rival.path.format(key), rival.body(2 * n + side)).status_code for n in range(ROUNDS)]

    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(http, side) for side in (0, 1)]
        threads.submit(bus).result()
        assert {status for answer in answers for status in answer.result()} == {rival.status}
    collection = system.db[rival.collection or system.probe.collection]
    expected = 2 * ROUNDS + (ROUNDS - 1 if teams else ROUNDS)
    eventually(lambda: (collection.find_one({"_id": key}) or {}).get("applied") == expected, "every change is applied", told=system._waits)
    eventually(lambda: system.db.outbox.count_documents({}) == 0, "everything is published")
    if not teams:
        sequences = [record.sequence for record in _first_occurrences(system) if record.key == key.encode()]
        assert sequences == list(range(1, len(sequences) + 1))
        assert len(sequences) == collection.find_one({"_id": key})["sequence"]  # type: ignore[index]
    assert system.letters() == []


def test_a_command_repeated_under_its_idempotency_key_has_its_effect_once(system: System) -> None:
    """The second answer is the first one's, at whichever instance; another body under the same key is refused."""
    rival, key = RIVALS[system.probe.service], "idempotent"
    system.publish([key])
    system.await_settled([key])
    ask = [instance.ask for instance in system.instances]
    path, first = rival.path.format(key), rival.body(1)
    answers = [ask[n % 2](rival.method, path, first, key="once") for n in range(4)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(rival.status, answers[0].text)}
    other = ask[1](rival.method, path, rival.body(2), key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    applied = system.db[rival.collection or system.probe.collection].find_one({"_id": key})["applied"]  # type: ignore[index]
    assert applied == (1 if rival.collection else 2)


def _first_occurrences(system: System) -> list[Any]:
    seen: dict[str, Any] = {}
    for record in system.read("events"):
        seen.setdefault(record.id, record)
    return list(seen.values())


def test_clocks_two_seconds_apart_do_not_turn_an_aggregates_events_round(make: Make, tmp_path: Path) -> None:
    """A document's outbox position lies behind all earlier ones of its aggregates, whatever the clock of its instance says."""
    system, gate = make(SERVICES["deals"]), tmp_path / "gate"
    ahead = system.start(f"hold-relay={gate}", "clock=2")
    behind = system.start(f"hold-relay={gate}")
    for instance in (ahead, behind):
        instance.await_ready()
    opened = {"deal_id": "clocked", "account": {"account_id": "a", "name": "0"}, "owner_id": "o"}
    assert ahead.ask("POST", "/deals", opened).status_code == 200
    for n in range(6):
        body = {"price": {"amount_minor": n, "currency": "EUR"}}
        assert (behind, ahead)[n % 2].ask("PUT", "/deals/clocked/terms", body).status_code == 200
    assert system.db.outbox.count_documents({}) == 7
    positions = [document["position"] for document in system.db.outbox.find(sort=[("_id", 1)])]
    assert len(set(positions)) == 7
    gate.touch()
    eventually(lambda: system.db.outbox.count_documents({}) == 0, "everything is published")
    assert [record.sequence for record in _first_occurrences(system)] == [1, 2, 3, 4, 5, 6, 7]
