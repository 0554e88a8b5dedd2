"""The records of the job are what its size says, and what is measured is kept."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.__main__ import app
from bench.ground.record import circumstances
from bench.growth.filling import Taken
from bench.growth.job import Grown
from bench.job.records import Size, make_records
from bench.journey import Journey
from bench.latency import Paced
from bench.memory import Memory
from bench.startup import Started
from bench.throughput.running import Run


def test_aggregates_that_are_changed_in_turn_are_all_changed_before_any_is_changed_again() -> None:
    """Guarantee: however few aggregates there are, none comes twice in a short while: growth would be measured by company otherwise."""
    size = Size(records=100, aggregates=20, duplicates=0, poison=0, opened=True, in_turn=True)
    keys = [sent.key for sent in make_records(size)]
    rounds = [keys[first : first + 20] for first in range(0, 100, 20)]
    assert all(len(set(some)) == 20 for some in rounds)
    assert rounds[0] != rounds[1]


@pytest.mark.parametrize("measured", [Grown, Journey, Memory, Paced, Run, Started, Taken])
def test_a_measurement_has_no_field_that_says_where_it_was_made(measured: Any) -> None:
    """Guarantee: nothing that was measured is overwritten in the record, nor lost when it is to be written there."""
    assert {field.name for field in fields(measured)} & circumstances().keys() == set()


def test_a_record_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere" / "record.jsonl", tmp_path):
        said = CliRunner().invoke(app, ["--only", "plain", "--record", str(file)])
        assert said.exit_code == 2
        assert "--record" in said.output
