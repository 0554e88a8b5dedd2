"""Timers that are moved or cancelled while they fire. Shown with feedback, whose surveys live by them; deals has none.

A closed gate before the relay keeps a fired timer's message on its way until the timer has been moved or cancelled.
"""

from datetime import UTC, datetime

import pytest

from chassis import headers as names
from chassis.outbox import unbundled
from contracts.deals import DealReopened
from contracts.feedback import SurveyDue, SurveyEnded, SurveyScheduled, SurveySkipped
from contracts.values import SealedText
from tests.delivery.conftest import SERVICES, Make
from tests.delivery.log import Found
from tests.delivery.system import System
from tests.delivery.waiting import eventually

pytestmark = pytest.mark.requirement("X3")

MOVED, CANCELLED, LEFT = "moved", "cancelled", "left"


@pytest.fixture(scope="module")
def system(make: Make, tmp_path_factory: pytest.TempPathFactory) -> System:
    """Three surveys that were due after a second: one moved and one cancelled after its timer fired, before the message arrived."""
    system, gate = make(SERVICES["feedback"]), tmp_path_factory.mktemp("gate") / "open"
    policy = system.folder / "at-once.yaml"
    own = system.probe.declared.policy[1].read_text()
    policy.write_text(own.replace("first_after: 15d", "first_after: 1s"))
    system.start(f"hold-relay={gate}", BATON_POLICY=str(policy))
    system.publish([MOVED, CANCELLED, LEFT])
    eventually(lambda: _fired(system) == 3, "three timers have fired", told=system._waits)
    system.publish([MOVED])
    reason = SealedText(person_id="person-12", sealed="q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRW")
    reopened = DealReopened(
        deal_id=CANCELLED, account_id="a", cycle=2, reopened_by="o", reason=reason, was="won", stage="negotiation", at=datetime.now(UTC)
    )
    system.publisher.publish([system.probe.as_sent(system.prefix, CANCELLED, reopened)])
    eventually(lambda: _fired(system) == 4, "the moved timer has fired again", told=system._waits)
    eventually(lambda: (system.aggregate(CANCELLED) or {}).get("applied") == 2, "the reopening is taken")
    gate.touch()
    eventually(lambda: system.db.outbox.count_documents({}) == 0 and _types(system, LEFT)[-1:] == [SurveySkipped.wire_type()], "settled")
    eventually(lambda: _types(system, MOVED)[-1:] == [SurveySkipped.wire_type()], "the moved one is due", told=system._waits)
    return system


def _fired(system: System) -> int:
    """Messages of timers that wait behind the gate."""
    documents = system.db.outbox.find()
    records = [record for document in documents for record in unbundled(document["records"])]
    return sum(any(name == names.TIMER for name, _ in record.headers) for record in records)


def _types(system: System, key: str) -> list[str]:
    return [record.type for record in system.read("events") if record.key == key.encode()]


def _due(system: System, key: str) -> list[Found]:
    return [record for record in system.read("private") if record.key == key.encode() and record.type == SurveyDue.wire_type()]


def test_a_timer_that_fires_has_its_effect_once(system: System) -> None:
    """Its message goes through the private topic like any other."""
    assert _types(system, LEFT) == [SurveyScheduled.wire_type(), SurveySkipped.wire_type()]
    assert len({record.id for record in _due(system, LEFT)}) == 1


def test_a_timer_moved_while_it_fires_has_the_effect_of_its_new_setting_only(system: System) -> None:
    """Both messages arrive; the generation of the first is not the aggregate's any more, and it is nothing to do."""
    assert [record.headers[names.GENERATION] for record in _due(system, MOVED)] == [b"1", b"2"]
    first, ended, second, skipped = _types(system, MOVED)
    assert (first, ended, second) == (SurveyScheduled.wire_type(), SurveyEnded.wire_type(), SurveyScheduled.wire_type())
    assert skipped == SurveySkipped.wire_type()


def test_a_timer_cancelled_while_it_fires_has_no_effect(system: System) -> None:
    """Its message arrives and is nothing to do; nothing of it is left."""
    assert len(_due(system, CANCELLED)) == 1
    assert _types(system, CANCELLED) == [SurveyScheduled.wire_type(), SurveyEnded.wire_type()]
    assert system.aggregate(CANCELLED)["timers"]["due"] == 2  # type: ignore[index]
    assert system.db.timers.find_one({"key": CANCELLED}) is None
    assert system.letters() == []
