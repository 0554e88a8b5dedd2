"""Recorded runs come back as they were, and the tables add them up."""

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.chaos.__main__ import main
from tests.chaos.checking import Excuse, Violation
from tests.chaos.results import read, record, row
from tests.chaos.run import Result
from tests.chaos.showing import show
from tests.chaos.tables import markdown, spans


def _row(seed: int, **others: object) -> dict[str, object]:
    result = Result(seed, "full", 30.0, Path(), Counter(kill=2, cut=1), Counter(), Counter({"http acknowledged": 1500}))
    return {**row(result), "commit": "abc", **others}


def test_runs_are_added_to_the_file_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    record(file, [_row(1)])
    record(file, [_row(2), _row(3)])
    assert read(file) == [_row(1), _row(2), _row(3)]


def test_a_violation_is_recorded_with_its_ids() -> None:
    result = Result(1, "full", 30.0, Path(), violations=[Violation("lost command", "deal-1", ("a", "b"))])
    assert row(result)["violations"] == [{"kind": "lost command", "what": "deal-1", "ids": ["a", "b"]}]


def test_what_was_excused_is_recorded_and_shown_and_added_up_with_its_reason() -> None:
    """Guarantee: what the checker lets pass is there for every reader to judge, where the violations are."""
    excuses = [Excuse("deals", "deals.OpenDeal.v1", str(deaths), "crashed", deaths) for deaths in (3, 5)]
    rows = [_row(1, excuses=row(Result(1, "full", 30.0, Path(), excuses=excuses))["excuses"]), _row(2, excuses=[])]
    console = Console(record=True, width=200, file=StringIO())
    show(rows, {}, console)
    told = "excused: 2 dead letters of deals: deals.OpenDeal.v1, crashed: the service died 3 to 5 times while each of them waited"
    shown = console.export_text()
    assert told in shown
    assert "dead letters excused: 2" in shown
    text = markdown(rows)
    assert "| abc | full | 2 | 1 to 2 | 60 s |  | 2 | none |" in text
    assert "| deals: deals.OpenDeal.v1, crashed | 2 |" in text
    old = {name: value for name, value in _row(3).items() if name != "excuses"}
    assert "| abc | full | 1 | 3 | 30 s |  |  | none |" in markdown([old])


def test_the_table_adds_up_what_was_injected_and_what_clients_were_told() -> None:
    ended = {"ended": ""}
    text = markdown([_row(1, **ended), _row(2, **ended), _row(4, **ended)])
    assert "| abc | full | 3 | 1 to 2, 4 | 90 s |  | none | none |" in text
    assert "| kill | 6 |" in text
    assert "| cut | 3 |" in text
    assert "| http acknowledged | 4,500 |" in text


def test_the_table_names_the_deepest_outbox_of_those_runs_that_say_it() -> None:
    old = {name: value for name, value in _row(1).items() if name != "deepest"}
    text = markdown([old, _row(2, deepest=101_345), _row(3, deepest=2_017)])
    assert "| abc | full | 3 | 1 to 3 | 90 s | 101,345 records | none | none |" in text


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


def test_a_file_without_runs_is_no_table_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "runs.jsonl"
    file.write_text("\n")
    assert main(["table", str(file)]) == 2
    assert "runs.jsonl cannot be read as recorded runs: there is none in it" in capsys.readouterr().err


def test_a_record_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file, why in ((tmp_path / "nowhere" / "runs.jsonl", "there is no folder"), (tmp_path, "is a folder")):
        with pytest.raises(SystemExit):
            main(["--seconds", "1", "--record", str(file)])
        assert f"argument --record: {why}" in capsys.readouterr().err.replace(f"{file} ", "")
