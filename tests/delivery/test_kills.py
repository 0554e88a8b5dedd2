"""A process that dies at the worst moments: every case here runs for all four services, at the same time because dying takes time."""

import pytest

from tests.delivery.conftest import Everywhere, Make
from tests.delivery.foreign import Sent
from tests.delivery.probes import PROBES, Probe
from tests.delivery.system import System

pytestmark = pytest.mark.requirement("X3")

KEYS = [f"key-{n}" for n in range(6)]
Survivors = dict[str, System]


@pytest.fixture(scope="module")
def after_commit(make: Make, everywhere: Everywhere) -> Survivors:
    """Four services of which an instance died right after a commit; the inbox emptied, more work, and another instance over it."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def live_and_die(system: System) -> None:
        system.publish(KEYS, times=3)
        system.start("after-commit").await_death()
        system.forget_inbox()
        system.publish(KEYS, times=2)
        system.start()
        system.await_settled()

    everywhere(live_and_die, list(systems.values()))
    return systems


@pytest.fixture(scope="module")
def on_the_way(make: Make, everywhere: Everywhere) -> Survivors:
    """Four services of which one instance died before its first commit, one before it published, and one between publish and delete."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def die_three_ways(system: System) -> None:
        system.publish(KEYS, times=3)
        system.start("before-commit").await_death()
        assert system.db.inbox.count_documents({}) == 0
        system.start("before-publish").await_death()
        assert system.db.outbox.count_documents({}) > 0
        system.start("after-publish").await_death()
        system.publish(KEYS, times=2)
        system.start()
        system.await_settled()

    everywhere(die_three_ways, list(systems.values()))
    return systems


def test_killed_between_commit_and_offset_commit_nothing_is_taken_twice(probe: Probe, after_commit: Survivors) -> None:
    """The fence in the database, not Kafka's offset, says where reading goes on. The inbox was emptied: the fence alone must hold."""
    after_commit[probe.service].check(inbox=False)


def test_killed_before_the_commit_nothing_is_lost(probe: Probe, on_the_way: Survivors) -> None:
    """What was not committed did not happen, in no part: it is all done again, once."""
    on_the_way[probe.service].check()


def test_killed_before_the_publish_every_event_is_published(probe: Probe, on_the_way: Survivors) -> None:
    """What was committed is published by whoever holds the lane next."""
    on_the_way[probe.service].check()


def test_killed_between_publish_and_delete_events_repeat_with_the_same_ids_and_bytes(probe: Probe, on_the_way: Survivors) -> None:
    """What the broker acknowledged may come again, but as the same message, and first occurrences keep their order."""
    system = on_the_way[probe.service]
    system.check()
    kinds = {message.topic.kind.value for message in probe.emits(1)}
    records = [record for kind in kinds for record in system.read(kind) if record.causation]
    assert len(records) > len({record.id for record in records}), "nothing was published twice: the crash point was missed"


@pytest.fixture(scope="module")
def poisoned(make: Make, everywhere: Everywhere) -> Survivors:
    """Four services, each with a message that kills the process, twice; and good ones before and behind it on its lane and on others."""
    systems = {probe.service: make(probe) for probe in PROBES}

    def die_three_times(system: System) -> None:
        system.publish(KEYS, times=2)
        system.publisher.publish([system.probe.sent(system.prefix, "killer", 0)] * 2)
        system.publish(KEYS, times=2)
        for _ in range(3):
            system.start("in-decider=killer").await_death()
        system.publish(KEYS)
        system.start("in-decider=killer")
        system.await_settled()

    everywhere(die_three_times, list(systems.values()))
    return systems


def test_a_message_that_kills_the_process_three_times_is_a_dead_letter(probe: Probe, poisoned: Survivors) -> None:
    """The third death names it; the fourth start goes on behind it, and no other message is blamed, lost or taken twice. A second copy of
    it, which its publisher sent, kills no more."""
    system = poisoned[probe.service]
    system.check(letters=1)
    (letter,) = system.letters()
    assert (letter["key"], letter["reason"], letter["attempts"]) == ("killer", "crashed", 1)
    assert system.aggregate("killer") is None


@pytest.mark.requirement("X2")
def test_what_killed_the_process_is_taken_once_when_it_is_redriven_twice(probe: Probe, poisoned: Survivors) -> None:
    """A mended build redrives the dead letter: it goes through its line, its inbox row turns to done, and the second redrive finds nothing.
    Another instance redriving at the same time does not double it."""
    system = poisoned[probe.service]
    system.instances[-1].stop()
    mended, second = system.start(), system.start()
    mended.await_ready()
    second.await_ready()
    system.changes["killer"] = [_as_sent(system)]
    dry = mended.ask("POST", "/dead-letters/redrive", {"reason": "crashed", "dry_run": True}).json()
    assert (dry["matched"], dry["redriven"]) == (1, 0)
    answers = [one.ask("POST", "/dead-letters/redrive", {"everything": True}).json() for one in (mended, second, mended)]
    assert [answer["redriven"] for answer in answers] == [1, 0, 0]
    system.await_settled()
    (letter,) = system.letters()
    assert (letter["status"], letter["by"]) == ("redriven", "colleague-3")
    system.check()
    assert system.db.inbox.find_one({"_id": probe.row(system.changes["killer"][0])})["r"] == "done"  # type: ignore[index]


def _as_sent(system: System) -> Sent:
    """The killer as it was sent, read from its dead letter."""
    (letter,) = system.letters()
    return Sent(letter["topic"], letter["key"], letter["type"], letter["value"], letter["id"], letter["source"])
