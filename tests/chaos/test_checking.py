"""The checker against runs recorded by hand: each broken promise is reported with the ids that show it, and a clean run is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checking import Violation
from tests.chaos.checking.kinds import judge
from tests.chaos.recorded import BY_KIND, BY_WORDS, CLEAN
from tests.chaos.recorded.answers import forward, refuse
from tests.chaos.recorded.breaks import Break, repeat
from tests.chaos.recorded.journey import WIN, journey, notify, unfinished
from tests.chaos.recorded.late import INBOXES, chosen
from tests.chaos.recorded.recording import OUTSIDE, WON, Recording

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


def test_an_unfinished_log_and_an_offset_past_the_fence_are_reported() -> None:
    run, fence = unfinished()
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
