"""The schema snapshots are what the models say, none is forgotten, and no snapshot breaks another one of its type."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from contracts.message import REGISTER, Event
from contracts.registry import every_message
from contracts.schemas import FOLDER, breaks, every, schema_of, text_of, wire_types
from contracts.schemas.__main__ import forget, main, write
from contracts.topics import DEALS

HOW = "run: python -m contracts.schemas"


@pytest.mark.parametrize("wire_type", sorted(REGISTER))
def test_the_newest_snapshot_is_what_the_model_says(wire_type: str) -> None:
    snapshots = every(wire_type)
    assert snapshots, f"{wire_type} has no snapshot; {HOW}"
    assert snapshots[-1][1] == schema_of(REGISTER[wire_type]), f"the snapshot of {wire_type} is old; {HOW}"


@pytest.mark.parametrize("wire_type", wire_types())
def test_no_version_of_a_message_breaks_an_earlier_reader_or_writer(wire_type: str) -> None:
    """Full transitive compatibility: every snapshot of a type is compared with every later one, not only with the next."""
    for (number, old), (later, new) in combinations(every(wire_type), 2):
        found = [str(each) for each in breaks(old, new)]
        assert not found, f"{wire_type}: snapshot {later} against {number}: {found}"


def test_no_message_that_was_ever_on_the_bus_is_forgotten() -> None:
    assert set(wire_types()) == {message.wire_type() for message in every_message()}


def test_earlier_snapshots_are_numbered_without_gaps() -> None:
    for wire_type in wire_types():
        numbers = sorted(int(path.stem) for path in (FOLDER / "earlier" / wire_type).glob("*.json"))
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_snapshot_is_written_the_same_way_every_time() -> None:
    for path in FOLDER.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text == text_of(json.loads(text)), path.name


class Sample(Event, abstract=True):
    """A message of these tests only."""

    topic = DEALS.events
    wire_name = "Sample"

    deal_id: str


class Longer(Sample, abstract=True):
    """A message of these tests only."""

    note: str | None = None


class Stricter(Sample, abstract=True):
    """A message of these tests only."""

    note: str


def numbers(folder: Path) -> list[int]:
    """The numbers of the sample's snapshots."""
    return [number for number, _ in every(Sample.wire_type(), folder)]


def test_a_compatible_change_is_written_beside_the_earlier_snapshot(tmp_path: Path) -> None:
    assert write(Sample, tmp_path, amend=False) == []
    assert write(Longer, tmp_path, amend=False) == []
    assert numbers(tmp_path) == [1, 2]


def test_an_unchanged_message_is_not_written_again(tmp_path: Path) -> None:
    write(Sample, tmp_path, amend=False)
    write(Sample, tmp_path, amend=False)
    assert numbers(tmp_path) == [1]


def test_a_breaking_change_is_refused_and_leaves_the_snapshots_alone(tmp_path: Path) -> None:
    write(Sample, tmp_path, amend=False)
    (sentence,) = write(Stricter, tmp_path, amend=False)
    assert sentence.startswith("deals.Sample.v1: note: is required now")
    assert numbers(tmp_path) == [1]


def test_a_change_that_breaks_the_first_snapshot_but_not_the_second_is_refused(tmp_path: Path) -> None:
    """An optional field that was text once cannot come back as a number: a record of then may still be read."""

    class Renumbered(Sample, abstract=True):
        note: int | None = None

    for message in (Longer, Sample):
        assert write(message, tmp_path, amend=False) == []
    assert any("note" in sentence and "(snapshot 1)" in sentence for sentence in write(Renumbered, tmp_path, amend=False))


def test_an_amended_snapshot_replaces_the_newest_one(tmp_path: Path) -> None:
    write(Sample, tmp_path, amend=False)
    assert write(Stricter, tmp_path, amend=True) == []
    assert numbers(tmp_path) == [1]
    assert "note" in every(Sample.wire_type(), tmp_path)[0][1]["required"]


def test_a_change_of_words_makes_no_new_snapshot(tmp_path: Path) -> None:
    class Reworded(Sample, abstract=True):
        """The same fields, explained anew."""

    write(Sample, tmp_path, amend=False)
    write(Reworded, tmp_path, amend=False)
    schema: dict[str, Any] = every(Sample.wire_type(), tmp_path)[-1][1]
    assert numbers(tmp_path) == [1]
    assert schema["description"] == "The same fields, explained anew."


def test_a_message_that_never_left_the_branch_may_be_forgotten(tmp_path: Path) -> None:
    write(Sample, tmp_path, amend=False)
    forget(set(), tmp_path)
    assert wire_types(tmp_path) == []


def test_the_command_writes_every_message_and_fails_on_a_break(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], tmp_path) == 0
    assert wire_types(tmp_path) == sorted(message.wire_type() for message in every_message())
    won = tmp_path / "deals.DealClosedWon.v1.json"
    schema = json.loads(won.read_text(encoding="utf-8"))
    schema["required"].append("product")
    won.write_text(text_of(schema), encoding="utf-8")
    assert main([], tmp_path) == 1
    assert "deals.DealClosedWon.v1: product: may be left out now" in capsys.readouterr().err
