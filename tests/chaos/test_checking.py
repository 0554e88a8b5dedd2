"""The checker against runs recorded by hand: each broken promise is reported with the ids that show it, and a clean run is not."""

import ast
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.chaos import checking
from tests.chaos.checking import Excuse, Violation
from tests.chaos.checking.data import RunData
from tests.chaos.checking.faults import Faults
from tests.chaos.checking.kinds import judge
from tests.chaos.recorded import BY_KIND, BY_WORDS, CLEAN
from tests.chaos.recorded.answers import forward, refuse
from tests.chaos.recorded.breaks import Break, find, repeat
from tests.chaos.recorded.journey import WIN, journey, notify
from tests.chaos.recorded.late import INBOXES, chosen
from tests.chaos.recorded.recording import OUTSIDE, TEAM, WON, Recording

KILLED = 2_000.0
"""When the good message of `_crashed` became a dead letter."""
ALLOWED = {"confluent_kafka", "pymongo", "bson", "tests"}


@pytest.mark.parametrize("run", CLEAN, ids=lambda run: run.__name__)
def test_a_clean_run_has_no_violation(run: Callable[[], Recording]) -> None:
    assert run().violations() == []


@pytest.mark.parametrize("case", BY_KIND)
def test_what_is_broken_is_reported_with_the_ids_that_show_it(case: str) -> None:
    """Every kind of violation, made by the smallest change to a clean run."""
    run, kind, shown, break_ = BY_KIND[case]
    found = _broken(run, break_)
    assert any(one.kind == kind and any(shown in id_ for id_ in one.ids) for one in found), found


@pytest.mark.parametrize("case", BY_WORDS)
def test_an_effect_that_is_missing_or_too_many_is_reported_for_what_it_is(case: str) -> None:
    """Others see some of these too, each in its own way; what has to be seen is said in words."""
    run, words, shown, break_ = BY_WORDS[case]
    found = _broken(run, break_)
    assert any(words in one.what and any(shown in id_ for id_ in one.ids) for one in found), found


def _broken(run: Callable[[], Recording], break_: Break) -> list[Violation]:
    """What is reported of the run behind the break."""
    recording = run()
    break_(recording)
    return recording.violations()


def test_a_repeat_after_a_fault_is_no_violation() -> None:
    """At least once: the same event again, to the byte, is what an accident may do."""
    recording = journey()
    recording.faults_injected = True
    repeat(recording, "DealTermsSet")
    assert recording.violations() == []


def _unfinished() -> tuple[RunData, str]:
    """A run in which a fence stands before the end of its log, and the fence."""
    run = journey().run()
    (fence,) = (id_ for id_ in run.services["deals"].all("fences") if "deals.commands" in id_)
    run.services["deals"].all("fences")[fence]["next"] -= 1  # type: ignore[index]
    return run, fence


def test_an_unfinished_log_and_an_offset_past_the_fence_are_reported() -> None:
    run, fence = _unfinished()
    assert {(one.kind, one.ids) for one in judge(run).violations} == {
        ("never settled", (fence,)),
        ("offset past uncommitted work", (fence,)),
    }


def test_a_repeat_over_http_that_is_answered_otherwise_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    recording.operations.append(replace(first, n=3, answer={**(first.answer or {}), "events": []}))
    assert [one.kind for one in recording.violations()] == ["a repeat was answered otherwise"]


def test_another_request_that_is_taken_under_a_used_key_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    refused = replace(first, n=3, value="{}", told="refused", answer={"status": 422, "code": "idempotency_key_reused"})
    recording.operations.append(refused)
    assert recording.violations() == []
    recording.operations.append(replace(first, n=4, value="{}"))
    assert [one.kind for one in recording.violations()] == ["a repeat was answered otherwise"]


def test_a_fault_of_the_service_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    recording.operations.append(replace(first, n=3, told="unknown", answer={"status": 500}))
    assert [one.kind for one in recording.violations()] == ["a service failed"]


def test_a_request_that_acts_behind_one_that_came_after_its_answer_is_reported() -> None:
    """What was answered is done: nobody who asks later may be served before it."""
    recording = journey()
    first = next(one for one in recording.operations if one.way == "topic")
    recording.operations[recording.operations.index(first)] = replace(first, sent_at=9.0)
    assert ("order inverted within an aggregate", ("open", "terms")) in {(one.kind, one.ids) for one in recording.violations()}


def test_a_record_that_was_acknowledged_late_and_sent_again_is_no_violation() -> None:
    """It stood on its topic from the first try on, also where a request that was sent after that one saw its effect."""
    recording = journey()
    first = next(one for one in recording.operations if one.way == "topic")
    recording.operations.insert(0, replace(first, told="unknown", place=None))
    recording.operations[recording.operations.index(first)] = replace(first, n=2, sent_at=9.0)
    repeat(recording, "OpenDeal")
    assert recording.violations() == []


def test_a_refusal_that_the_service_remembers_or_decides_before_the_command_is_no_violation() -> None:
    recording = journey()
    refuse(recording, "not_json")
    assert recording.violations() == []


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


@pytest.mark.parametrize(("target", "outcome"), [("deals-0", ""), ("onboarding-1", "skipped: the end had come")])
def test_a_timer_that_fired_early_is_reported_where_the_services_own_clock_was_right(target: str, outcome: str) -> None:
    recording = journey()
    recording.fault("clock-skew", target, ahead=60.0, outcome=outcome)
    repeat(recording, "StepDue", ce_id="StepDue-early", ce_time="2026-02-04T00:00:00Z", baton_generation="9")
    assert any("fired before" in one.what for one in recording.violations())


def test_a_timer_that_fired_early_under_a_wrong_clock_is_no_violation() -> None:
    recording = journey()
    recording.fault("clock-skew", "onboarding-1", ahead=60.0)
    repeat(recording, "StepDue", ce_id="StepDue-early", ce_time="2026-02-04T00:00:00Z", baton_generation="9")
    assert not any("fired before" in one.what for one in recording.violations())


@pytest.mark.parametrize(("outcome", "reported"), [("", False), ("skipped: the end had come", True)])
def test_what_was_marked_may_be_unread_only_where_the_clock_was_wrong_indeed(outcome: str, reported: bool) -> None:
    recording = chosen()
    INBOXES["marked and not read"][2](recording)
    recording.fault("clock-skew", "notifications-0", ahead=-60.0, outcome=outcome)
    assert any("were marked as read" in one.what for one in recording.violations()) is reported


@pytest.mark.parametrize("cycle", [1, 2], ids=["its own", "one that was not heard of yet"])
def test_an_answer_must_be_followed_up_where_its_cycle_is_not_over(cycle: int) -> None:
    recording = journey()
    body = {**WIN, "cycle": cycle, "survey_id": "another", "respondent_id": "person-1", "score": 2}
    recording.put("feedback.events", WON, "DetractorRaised", body, "answered", OUTSIDE)
    notify(recording, "answered", "department:customer_success")
    recording.documents["notifications"]["deals"][WON]["applied"] += 1
    assert [one.what for one in recording.violations()] == [f"the answer of person-1 about {WON} was followed up 0 times"]


def test_a_timer_of_a_survey_that_was_never_scheduled_asks_nobody() -> None:
    """Another system's, as it may be: there is nothing to do."""
    recording = journey()
    for name in ("SurveyDue", "SurveyExpires"):
        recording.put("feedback.private", "elsewhere", name, {"deal_id": "elsewhere", "cycle": 1, "survey_id": "none"}, name, OUTSIDE)
    assert recording.violations() == []


@pytest.mark.parametrize(("phone", "clean"), [(None, True), ("1", False)])
def test_of_what_a_person_is_not_said_to_have_nothing_is_known(phone: str | None, clean: bool) -> None:
    """What is left out has its default; what was said before, and is not said any more, is gone."""
    recording = journey()
    state = {"person_id": "person-1", "name": "Somebody", "phone": phone, "time_zone": "UTC", "roles": []}
    recording.aggregate("feedback", "customers", "person-1", state)
    assert (recording.violations() == []) is clean


def test_a_message_that_a_client_sent_twice_may_be_forwarded_twice() -> None:
    recording = journey()
    repeat(recording, "AssignAccountTeam")
    forward(recording, 0)
    forward(recording, 1)
    assert recording.violations() == []


def test_an_e_mail_that_was_forgotten_after_its_time_is_no_violation() -> None:
    recording = journey()
    recording.told("notifications.private", "mail-2", "SendEmail", {"email_id": "mail-2", "recipient_id": "r", "digest": None}, "win")
    recording.told("notifications.private", "mail-2", "EmailExpired", {"email_id": "mail-2"}, "win")
    recording.mails.append("mail-2@baton.example")
    assert not any("mail-2" in id_ for one in recording.violations() for id_ in one.ids if one.kind == "effect without a message")


def test_every_violation_that_the_checker_can_report_is_reported_of_some_break() -> None:
    """None can be added that nobody has seen: each place that reports one is reached by one of the breaks above."""
    reached: set[tuple[str, int]] = set()

    def look(frame: FrameType, event: str, argument: object) -> Any:
        if "chaos/checking" not in frame.f_code.co_filename:
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return look

    runs = [_unfinished()[0]]
    for begin, _, _, break_ in (*BY_KIND.values(), *BY_WORDS.values()):
        break_(recording := begin())
        runs.append(recording.run())
    before = sys.gettrace()
    sys.settrace(look)
    try:
        for run in runs:
            judge(run)
    finally:
        sys.settrace(before)
    places, written = _places()
    assert len(places) == written > 0, "a violation that is not yielded by a statement of its own cannot be looked for"
    assert not places - reached


def _places() -> tuple[set[tuple[str, int]], int]:
    """File and line of every statement that reports a violation; and how many violations are made at all."""
    found, made = set[tuple[str, int]](), 0
    for path in Path(checking.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            made += _is_violation(node)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and _is_violation(node.value.value):
                found.add((str(path), node.lineno))
    return found, made


def _is_violation(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Violation"


def test_the_checker_shares_no_code_with_the_project() -> None:
    """It imports the standard library, the clients of Kafka and MongoDB, and itself."""
    for path in Path(checking.__file__).parent.rglob("*.py"):
        for name in _imported(ast.parse(path.read_text())):
            top = name.split(".")[0]
            assert top in ALLOWED or top in _standard(), f"{path.name} imports {name}"
            assert top != "tests" or name.startswith("tests.chaos.checking"), f"{path.name} imports {name}"


def _imported(tree: ast.AST) -> list[str]:
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return names + [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def _standard() -> frozenset[str]:
    return frozenset(sys.stdlib_module_names)
