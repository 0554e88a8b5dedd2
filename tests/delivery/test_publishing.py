"""The relay in trouble: a record that the broker will never take. Shown with deals: the relay knows records, and no service."""

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]

from tests.delivery.conftest import SERVICES, Make
from tests.delivery.system import System
from tests.delivery.waiting import eventually

LIMIT, ENOUGH = 3000, 1_000_000
"""`max.message.bytes` of the topic, at first and when it is mended."""


@pytest.fixture(scope="module")
def system(make: Make) -> System:
    """Deals, whose events topic was set up to take less than the service publishes."""
    system = make(SERVICES["deals"])
    _limit(system, LIMIT)
    system.start().await_ready()
    return system


def _limit(system: System, most: int) -> None:
    entry = ConfigEntry("max.message.bytes", str(most), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, system.topic("events"), incremental_configs=[entry])
    for done in system.admin.incremental_alter_configs([resource]).values():
        done.result(20)


def _open(system: System, key: str, members: int) -> None:
    team = [{"person_id": f"{n:0100}", "role": "sales_rep"} for n in range(members)]
    body = {"deal_id": key, "account": {"account_id": "a", "name": "0"}, "owner_id": "o", "team": team}
    assert system.instances[0].ask("POST", "/deals", body).status_code == 200


def test_a_record_the_broker_will_never_take_is_parked_with_the_later_ones_of_its_aggregate(system: System) -> None:
    """One aggregate waits, raised by readiness; every other one's events go on, in order, on the same lane, too."""
    instance = system.instances[0]
    neighbour = next(name for name in map("neighbour-{}".format, range(100)) if system.lane(name) == system.lane("heavy"))
    _open(system, "heavy", members=60)
    _open(system, neighbour, members=1)
    for n in range(4):
        for key in ("heavy", neighbour):
            assert instance.ask("PUT", f"/deals/{key}/terms", {"product": str(n)}).status_code == 200
    eventually(lambda: system.db.outbox.count_documents({}) == 0, "the outbox is empty", told=system._waits)
    records = system.read("events")
    firsts = list(dict.fromkeys((record.key, record.sequence) for record in records))
    assert firsts == [(neighbour.encode(), n) for n in range(1, 6)]
    assert instance.delivery()["parked"] == 5
    parked = [record for row in system.db.parked.find(sort=[("position", 1)]) for record in row["records"]]
    sequences = [dict(map(tuple, headers))["ce_sequence"] for *_, headers, _ in parked]
    assert [int(sequence) for sequence in sequences] == [1, 2, 3, 4, 5]
    assert any("the broker will never take" in why for why in instance.unready())


def test_an_aggregate_stays_parked_over_a_restart(system: System) -> None:
    """What is parked is in the database: the next instance publishes nothing of that aggregate past it."""
    system.instances[-1].stop()
    instance = system.start()
    eventually(lambda: instance.unready() and "will never take" in instance.unready()[0], "the next instance says so, too")
    assert instance.ask("PUT", "/deals/heavy/terms", {"product": "after"}).status_code == 200
    eventually(lambda: instance.delivery()["parked"] == 6, "the later record is parked")
    assert [record for record in system.read("events") if record.key == b"heavy"] == []


@pytest.mark.requirement("X2")
def test_parked_aggregates_are_listed_for_operators_without_their_content(system: System) -> None:
    """Owner, count, age, topics and the first refusal; an owner who has nothing parked is named; nothing is put back unsaid."""
    instance = system.instances[-1]
    (shown,) = instance.ask("GET", "/parked").json()
    oldest = system.db.parked.find_one(sort=[("position", 1)])
    assert oldest is not None
    assert (shown["owner"], shown["lanes"], shown["records"]) == ("heavy", [system.lane("heavy")], 6)
    assert (shown["position"], shown["topics"], shown["again"]) == (oldest["position"], [system.topic("events")], False)
    assert "MessageSizeTooLargeError" in shown["reason"]
    assert set(shown) == {"owner", "lanes", "records", "position", "since", "reason", "topics", "again", "by", "asked_at"}
    assert instance.ask("GET", "/parked?owner=neighbour").json() == []
    assert instance.ask("GET", "/parked?after=heavy").json() == []
    unknown = instance.ask("POST", "/parked/put-back", {"owners": ["heavy", "no-such-deal"]})
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "no records of 'no-such-deal' are parked here")
    assert instance.ask("POST", "/parked/put-back", {}).status_code == 422
    assert instance.ask("POST", "/parked/put-back", {"owners": ["heavy"], "everything": True}).status_code == 422
    dry = instance.ask("POST", "/parked/put-back", {"everything": True, "dry_run": True}).json()
    assert dry == {"matched": 1, "asked": 0, "owners": ["heavy"]}
    assert instance.ask("GET", "/parked", None, "sales_manager").status_code == 403
    assert instance.ask("POST", "/parked/put-back", {"everything": True}, "sales_manager").status_code == 403
    assert system.db.parked.count_documents({"again": True}) == 0


def test_what_is_put_back_in_vain_is_parked_again(system: System) -> None:
    """The broker still refuses: all of it is parked again, in order, and nobody is asked for it any more."""
    instance = system.instances[-1]
    before = {row["_id"] for row in system.db.parked.find()}
    assert instance.ask("POST", "/parked/put-back", {"owners": ["heavy"]}).json()["asked"] == 1

    def parked_again() -> bool:
        rows = list(system.db.parked.find())
        return len(rows) == 6 and before.isdisjoint(row["_id"] for row in rows) and not any("again" in row for row in rows)

    eventually(parked_again, "all of it is parked again", told=system._waits)
    assert [record for record in system.read("events") if record.key == b"heavy"] == []
    assert "MessageSizeTooLargeError" in instance.ask("GET", "/parked").json()[0]["reason"]


def test_what_is_put_back_is_published_once_and_in_order_by_whoever_holds_the_lane(system: System) -> None:
    """Asked of the instance that does not hold the lane, while the aggregate goes on: the old events come first, and each once."""
    first, second = system.instances[-1], system.start()
    eventually(lambda: all("will never take" in why for why in second.unready()), "the second one works", told=second.last_words)
    lane = system.lane("heavy")
    eventually(lambda: (lane in first.delivery()["held"]) != (lane in second.delivery()["held"]), "one of them holds the lane")
    other = second if lane in first.delivery()["held"] else first
    _limit(system, ENOUGH)
    asked = other.ask("POST", "/parked/put-back", {"owners": ["heavy"]}).json()
    assert asked == {"matched": 1, "asked": 1, "owners": ["heavy"]}
    for n in range(20):
        assert (first, second)[n % 2].ask("PUT", "/deals/heavy/terms", {"product": f"since {n}"}).status_code == 200

    def nothing_waits() -> bool:
        return not (system.db.parked.count_documents({}) or system.db.outbox.count_documents({}))

    eventually(nothing_waits, "everything is published", told=system._waits)
    assert [record.sequence for record in system.read("events") if record.key == b"heavy"] == list(range(1, 27))
    first.await_ready()
    second.await_ready()
