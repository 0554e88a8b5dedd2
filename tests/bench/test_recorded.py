"""Tables out of the record of runs, and that docs/performance.md shows them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.recorded import KINDS, markdown, read

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "docs" / "measurements" / "bench.jsonl"


def _line(commit: str, minute: int, run: str = "r1", **measured: Any) -> str:
    started = {"install": 10.0, "new": 7.0, "again": 6.0, "down": 2.0} | measured
    return json.dumps({"benchmark": "startup", **started, "run": run, "commit": commit, "at": f"2026-11-24T10:{minute:02}:00+00:00"})


def _paced(entrant: str, minute: int, p50: float) -> str:
    measured = {"entrant": entrant, "p50": p50, "p99": 50.0, "busy": 0.8, "service": 0.3}
    return json.dumps({"benchmark": "latency", **measured, "run": "r1", "commit": "c", "at": f"2026-11-24T10:{minute:02}:00+00:00"})


def _table(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench", "table", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_table_is_of_the_last_run(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    lines = [_line("old", 1, "r1", new=99.0), _line("new", 2, "r2", new=55.0)]
    lines += [_line("new", 3, "r3", new=7.0), _line("new", 4, "r3", new=8.0)]
    file.write_text("\n".join(lines))
    said = markdown(read(file))
    assert "### startup, commit new" in said
    assert "7.5 (7.0–8.0)" in said
    assert "99" not in said
    assert "55" not in said
    assert "99.0" in markdown(read(file, "old"))


def test_a_round_that_was_broken_off_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    file.write_text("\n".join([_paced("plain", 1, 40.0), _paced("baton", 2, 20.0), _paced("plain", 3, 90.0)]))
    said = markdown(read(file))
    assert "0.50 |" in said
    assert "90" not in said


def test_a_commit_that_was_not_measured_is_named(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    file.write_text(_line("one", 1))
    done = _table(str(file), "--commit", "other")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was measured on other" in done.stderr


@pytest.mark.parametrize("line", ["no JSON", "{}", '{"benchmark": "startup", "commit": "c", "at": "now"}', '{"benchmark": "none"}'])
def test_a_line_that_is_not_of_a_record_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    file.write_text(f"{_line('one', 1)}\n{line}\n")
    done = _table(str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2 is not of a record" in done.stderr
    assert "Traceback" not in done.stderr


def test_performance_shows_the_tables_of_the_record() -> None:
    """What stands on the page was measured: every line of every table and text that the record makes, with its commit."""
    page = (ROOT / "docs" / "performance.md").read_text()
    recorded = read(RECORD)
    assert {one.benchmark for one in recorded} == KINDS.keys()
    assert [one.commit for one in recorded if one.commit not in page] == []
    done = _table(str(RECORD))
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    assert len(lines) > len(recorded)
    assert [line for line in lines if line not in page] == []
