"""Logs that are not what the fence knows: offsets reset, records deleted, topics recreated; for all four services at the same time."""

from typing import Any

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from tests.delivery.conftest import Everywhere, Make
from tests.delivery.instances import Instance
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

SHORTENED, AHEAD, OTHER, WHOLE = 1, 2, 3, 0
"""What is done to the log or the fence of each lane: records deleted beyond the fence, the fence ahead, another record before it; none."""
Results = dict[str, tuple[System, Instance]]


def _keys(system: System) -> dict[int, str]:
    """A key of each lane."""
    keys: dict[int, str] = {}
    for name in map("key-{}".format, range(100)):
        keys.setdefault(system.lane(name), name)
    return keys


def _live(system: System) -> None:
    """Work on every lane, taken; then the instance leaves in order."""
    system.publish(_keys(system).values(), times=2)
    instance = system.start()
    system.await_settled()
    instance.stop()


def _topic(system: System) -> str:
    return str(system.probe.topic.name(system.prefix))


def _fence(system: System, lane: int) -> dict[str, Any]:
    return {"_id": f"{system.probe.declared.group(system.prefix)}:{_topic(system)}:{lane}"}


def _reset_offsets(system: System) -> None:
    places = [TopicPartition(_topic(system), lane, 0 if lane % 2 else 10_000) for lane in range(4)]
    request = ConsumerGroupTopicPartitions(system.probe.declared.group(system.prefix), places)
    for done in system.admin.alter_consumer_group_offsets([request]).values():
        done.result(20)


def _delete_records(system: System, lane: int, before: int) -> None:
    for done in system.admin.delete_records([TopicPartition(_topic(system), lane, before)]).values():
        done.result(20)


@pytest.fixture(scope="module")
def harmed(make: Make, everywhere: Everywhere) -> Results:
    """The group's offsets reset, the inbox emptied, three of four lanes harmed; then more work, and an instance over it."""
    systems = [make(probe) for probe in PROBES]
    results: Results = {}

    def harm(system: System) -> None:
        _live(system)
        _reset_offsets(system)
        system.forget_inbox()
        keys = _keys(system)
        _delete_records(system, WHOLE, system.db.fences.find_one(_fence(system, WHOLE))["next"])  # type: ignore[index]
        lost = [system.probe.sent(system.prefix, keys[SHORTENED], 2)]
        system.publisher.publish(lost)
        _delete_records(system, SHORTENED, 3)
        system.db.fences.update_one(_fence(system, AHEAD), {"$inc": {"next": 100, "last": 100}})
        system.db.fences.update_one(_fence(system, OTHER), {"$set": {"hash": b"anothers"}})
        for lane in (AHEAD, OTHER):
            system.publisher.publish([system.probe.sent(system.prefix, keys[lane], 2)])
        system.publish([keys[WHOLE]], times=3)
        instance = system.start()
        system.await_settled([keys[WHOLE]])
        eventually(lambda: sum("is stopped" in why for why in instance.unready()) == 3, "three stopped partitions", told=instance.unready)
        results[system.probe.service] = system, instance

    everywhere(harm, systems)
    return results


def test_resetting_the_groups_offsets_has_no_effect_and_is_logged(probe: Probe, harmed: Results) -> None:
    """The database is the truth, not Kafka's offsets. The inbox was emptied: the fence alone must hold."""
    system, instance = harmed[probe.service]
    system.check([_keys(system)[WHOLE]], inbox=False)
    eventually(lambda: instance.says("the group's offset is ahead of the fence and has no effect"), "the reset is logged")


def test_a_log_that_begins_behind_the_last_record_but_not_behind_the_fence_has_lost_nothing(probe: Probe, harmed: Results) -> None:
    """A quiet topic whose records have all expired goes on, with nothing to compare."""
    system, instance = harmed[probe.service]
    assert not any(f":{_topic(system)}:{WHOLE} " in why for why in instance.unready())
    assert len(system.changes[_keys(system)[WHOLE]]) == system.aggregate(_keys(system)[WHOLE])["applied"] == 5  # type: ignore[index]


@pytest.mark.parametrize(
    ("lane", "why"),
    [(SHORTENED, "behind the fence 2: records are lost"), (AHEAD, "before the fence 102"), (OTHER, "is not the one before the fence")],
)
def test_a_log_that_is_not_the_one_the_fence_knows_stops_its_partition_loudly(probe: Probe, harmed: Results, lane: int, why: str) -> None:
    """Only a person can say what is right: the partition takes nothing more, readiness names it and why, other partitions go on."""
    system, instance = harmed[probe.service]
    (reason,) = [reason for reason in instance.unready() if f":{_topic(system)}:{lane} is stopped" in reason]
    assert why in reason
    assert system.aggregate(_keys(system)[lane])["applied"] == 2  # type: ignore[index]
    assert instance.says("baton topics adopt")


@pytest.fixture(scope="module")
def recreated(make: Make, everywhere: Everywhere) -> Results:
    """The topic deleted, made again and filled as far as before with other records, while no instance runs."""
    systems = [make(probe) for probe in PROBES]
    results: Results = {}

    def recreate(system: System) -> None:
        _live(system)
        _recreate(system)
        results[system.probe.service] = system, _await_stopped(system, system.start())

    everywhere(recreate, systems)
    return results


def _recreate(system: System) -> None:
    """The topic deleted and made again, with other records at the places of the old: lane 3 is shorter than its fence, lane 0 empty."""
    for done in system.admin.delete_topics([_topic(system)], operation_timeout=20).values():
        done.result(20)
    eventually(lambda: _topic(system) not in system.admin.list_topics(timeout=20).topics, "the topic is gone")
    system.prepare()
    keys = _keys(system)
    filled = [keys[1], keys[1], keys[2], keys[2], keys[3]]
    system.publisher.publish([system.probe.sent(system.prefix, key, n) for n, key in enumerate(filled)])


def _await_stopped(system: System, instance: Instance) -> Instance:
    """The instance, once it has stopped all partitions of the topic."""
    eventually(lambda: sum("is stopped" in why for why in instance.unready()) == 4, "four stopped partitions", told=instance.unready)
    return instance


def test_a_recreated_topic_stops_all_its_partitions(probe: Probe, recreated: Results) -> None:
    """Records at the places of others are not taken for them: neither passed over as known nor read from the wrong place on."""
    system, instance = recreated[probe.service]
    assert all("recreated or restored" in why for why in instance.unready() if "is stopped" in why)
    system.check()


@pytest.fixture(scope="module")
def recreated_underneath(make: Make, everywhere: Everywhere) -> Results:
    """The same while an instance reads the topic and has nothing to do."""
    systems = [make(probe) for probe in PROBES]
    results: Results = {}

    def recreate(system: System) -> None:
        system.publish(_keys(system).values(), times=2)
        instance = system.start().await_ready()
        system.await_settled()
        _recreate(system)
        eventually(lambda: any(_topic(system) in why for why in instance.unready()), "readiness names the topic", told=instance.unready)
        results[system.probe.service] = system, _await_stopped(system, instance)

    everywhere(recreate, systems)
    return results


def test_a_topic_recreated_under_a_running_service_stops_all_its_partitions(probe: Probe, recreated_underneath: Results) -> None:
    """A client that only follows positions would read on in the middle of another log. Unready at once, stopped when the client's metadata
    is fresh (30 s)."""
    system, instance = recreated_underneath[probe.service]
    assert all("recreated or restored" in why for why in instance.unready() if "is stopped" in why)
    system.check()
