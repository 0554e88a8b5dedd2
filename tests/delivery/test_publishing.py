"""The relay in trouble: a record that the broker will never take. Shown with deals: the relay knows records, and no service."""

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]

from tests.delivery.conftest import SERVICES, Make
from tests.delivery.system import System
from tests.delivery.waiting import eventually

LIMIT = 3000


@pytest.fixture(scope="module")
def system(make: Make) -> System:
    """Deals, whose events topic was set up to take less than the service publishes."""
    system = make(SERVICES["deals"])
    entry = ConfigEntry("max.message.bytes", str(LIMIT), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, system.topic("events"), incremental_configs=[entry])
    for done in system.admin.incremental_alter_configs([resource]).values():
        done.result(20)
    system.start().await_ready()
    return system


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
