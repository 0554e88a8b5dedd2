"""The checker against runs recorded by hand: each broken promise is reported with the ids that show it, and a clean run is not."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos import checking
from tests.chaos.checking.kinds import judge
from tests.chaos.recorded_breaks import BROKEN, repeat
from tests.chaos.recorded_journey import journey

ALLOWED = {"confluent_kafka", "pymongo", "bson", "tests"}


def test_a_clean_run_has_no_violation() -> None:
    assert judge(journey().run()) == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_reported_with_the_ids_that_show_it(case: str) -> None:
    """Every kind of violation, made by the smallest change to a clean run."""
    kind, shown, break_ = BROKEN[case]
    recording = journey()
    break_(recording)
    found = judge(recording.run())
    assert any(one.kind == kind and any(shown in id_ for id_ in one.ids) for one in found), found


def test_a_repeat_after_a_fault_is_no_violation() -> None:
    """At least once: the same event again, to the byte, is what an accident may do."""
    recording = journey()
    recording.faults_injected = True
    repeat(recording, "DealTermsSet")
    assert judge(recording.run()) == []


def test_an_unfinished_log_and_an_offset_past_the_fence_are_reported() -> None:
    run = journey().run()
    (fence,) = (id_ for id_ in run.services["deals"].all("fences") if "deals.commands" in id_)
    run.services["deals"].all("fences")[fence]["next"] -= 1  # type: ignore[index]
    assert {(one.kind, one.ids) for one in judge(run)} == {("never settled", (fence,)), ("offset past uncommitted work", (fence,))}


def test_a_repeat_over_http_that_is_answered_otherwise_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    recording.operations.append(replace(first, n=3, answer={**(first.answer or {}), "events": []}))
    assert [one.kind for one in judge(recording.run())] == ["a repeat was answered otherwise"]


def test_another_request_that_is_taken_under_a_used_key_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    refused = replace(first, n=3, value="{}", told="refused", answer={"status": 422, "code": "idempotency_key_reused"})
    recording.operations.append(refused)
    assert judge(recording.run()) == []
    recording.operations.append(replace(first, n=4, value="{}"))
    assert [one.kind for one in judge(recording.run())] == ["a repeat was answered otherwise"]


def test_a_fault_of_the_service_is_reported() -> None:
    recording = journey()
    first = next(one for one in recording.operations if one.way == "http")
    recording.operations.append(replace(first, n=3, told="unknown", answer={"status": 500}))
    assert [one.kind for one in judge(recording.run())] == ["a service failed"]


def test_a_request_that_acts_behind_one_that_came_after_its_answer_is_reported() -> None:
    """What was answered is done: nobody who asks later may be served before it."""
    recording = journey()
    first = next(one for one in recording.operations if one.way == "topic")
    recording.operations[recording.operations.index(first)] = replace(first, sent_at=9.0)
    assert ("order inverted within an aggregate", ("open", "terms")) in {(one.kind, one.ids) for one in judge(recording.run())}


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
