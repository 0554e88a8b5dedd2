"""Recorded runs come back as they were, and the tables add them up."""

from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.__main__ import main
from tests.chaos.results import markdown, read, record, row, spans
from tests.chaos.run import Outcome, Violation


def _row(seed: int, **others: object) -> dict[str, object]:
    outcome = Outcome(seed, "full", 30.0, Path(), Counter(kill=2, cut=1), Counter(), Counter({"http acknowledged": 1500}))
    return {**row(outcome), "commit": "abc", **others}


def test_runs_are_added_to_the_file_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    record(file, [_row(1)])
    record(file, [_row(2), _row(3)])
    assert read(file) == [_row(1), _row(2), _row(3)]


def test_a_violation_is_recorded_with_its_ids() -> None:
    outcome = Outcome(1, "full", 30.0, Path(), violations=[Violation("lost command", "deal-1", ("a", "b"))])
    assert row(outcome)["violations"] == [{"kind": "lost command", "what": "deal-1", "ids": ["a", "b"]}]


def test_the_table_adds_up_what_was_injected_and_what_clients_were_told() -> None:
    ended = {"ended": ""}
    text = markdown([_row(1, **ended), _row(2, **ended), _row(4, **ended)])
    assert "| abc | full | 3 | 1 to 2, 4 | 90 s |  | none |" in text
    assert "| kill | 6 |" in text
    assert "| cut | 3 |" in text
    assert "| http acknowledged | 4,500 |" in text


def test_the_table_names_the_deepest_outbox_of_those_runs_that_say_it() -> None:
    old = {name: value for name, value in _row(1).items() if name != "deepest"}
    text = markdown([old, _row(2, deepest=101_345), _row(3, deepest=2_017)])
    assert "| abc | full | 3 | 1 to 3 | 90 s | 101,345 records | none |" in text


def test_seeds_that_are_neighbours_are_drawn_together() -> None:
    assert spans([3, 1, 2, 9, 7, 8, 20]) == "1 to 3, 7 to 9, 20"


def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, capsys: object) -> None:
    assert main(["table", str(tmp_path / "nothing.jsonl")]) == 2
    assert "nothing.jsonl cannot be read as recorded runs" in capsys.readouterr().err  # type: ignore[attr-defined]


@pytest.mark.parametrize(("line", "why"), [('{"a": 1}', "line 2 has no 'commit'"), ("[]", "line 2 is no run"), ("{", "line 2 is no JSON")])
def test_a_line_that_is_no_run_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, why: str) -> None:
    file = tmp_path / "runs.jsonl"
    record(file, [_row(1)])
    file.write_text(f"{file.read_text()}{line}\n")
    assert main(["table", str(file)]) == 2
    assert why in capsys.readouterr().err
