"""A good message that became a dead letter: how many deaths excuse it, whose, and when."""

from dataclasses import replace

import pytest

from tests.chaos.checking import Excuse
from tests.chaos.checking.faults import Faults
from tests.chaos.checking.kinds import judge
from tests.chaos.recorded.breaks import find
from tests.chaos.recorded.journey import journey
from tests.chaos.recorded.recording import TEAM, Recording

KILLED = 2_000.0
"""When the good message of `_crashed` became a dead letter."""
ALLOWED = {"confluent_kafka", "pymongo", "bson", "tests"}


def _crashed(*kills: tuple[str, float, dict[str, object]]) -> Recording:
    """A good message that became a dead letter because it seemed to kill its service, among faults: target, time and detail of each."""
    recording = journey()
    assign = find(recording, "AssignAccountTeam")
    recording.records[recording.records.index(assign)] = assign = replace(assign, timestamp=1_000_000)
    recording.buried(assign, "notifications", "assign_account_team", "crashed", KILLED)
    del recording.documents["notifications"]["teams"][TEAM]
    for target, at, detail in kills:
        recording.fault("kill", target, at, **detail)
    return recording


def test_a_good_message_may_be_a_dead_letter_after_three_deaths_while_it_waited() -> None:
    run = _crashed(("notifications-0", 999.5, {}), ("notifications", 1_500, {}), ("notifications-8", KILLED, {})).run()
    assert judge(run) == ([], [Excuse("notifications", "notifications.AssignAccountTeam.v1", "assign", "crashed", 3)])


@pytest.mark.parametrize(
    ("fault", "target", "killed", "ended", "deaths"),
    [
        ("rebalance-storm", "deals", True, 3, 4),
        ("rebalance-storm", "deals", True, 0, 1),
        ("rebalance-storm", "deals", False, 3, 1),
        ("rebalance-storm", "feedback", True, 3, 0),
        ("backlog", "kafka", None, 2, 2),
        ("backlog", "kafka", None, 0, 0),
    ],
)
def test_a_fault_counts_for_as_many_deaths_as_it_brought(fault: str, target: str, killed: bool | None, ended: int, deaths: int) -> None:
    recording = Recording()
    recording.fault(fault, target, 5.0, joins=8, killed=killed, ended=ended)
    assert Faults(recording.faults).deaths("deals", 0.0, 10.0) == deaths
    assert Faults(recording.faults).deaths("deals", 7.0, 10.0) == 0


def test_what_is_excused_is_a_dead_letter_like_any_other() -> None:
    """That the service was killed explains that there is one, and not that it holds something else."""
    recording = _crashed(("notifications-0", 999.5, {}), ("notifications", 1_500, {}), ("notifications-8", KILLED, {}))
    (letter,) = (one for one in recording.documents["notifications"]["dead_letters"].values() if one["id"] == "assign")
    letter["value"] = b"{}"
    assert any("the dead letter of notifications has value" in one.what for one in recording.violations())


@pytest.mark.parametrize(
    "third",
    [
        ("notifications-0", 1_500.0, {"outcome": "skipped: nothing was running there"}),
        ("notifications-0", 1_500.0, {"outcome": "failed: OSError()"}),
        ("deals-0", 1_500.0, {}),
        ("notifications-0", KILLED + 1, {}),
        ("notifications-0", 998.0, {}),
    ],
)
def test_a_death_that_was_none_or_of_another_or_at_another_time_excuses_nothing(third: tuple[str, float, dict[str, object]]) -> None:
    found = _crashed(("notifications-0", 1_100.0, {}), ("notifications-0", 1_200.0, {}), third).violations()
    assert {"lost command", "dead letter lost or wrong"} <= {one.kind for one in found if any("assign" in id_ for id_ in one.ids)}
