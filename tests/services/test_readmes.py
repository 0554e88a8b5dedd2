"""Each service's README says what its subscription lines do: one row per line, and every event of the service."""

import importlib
import re
from pathlib import Path

import pytest

import services
from chassis.line import Line
from chassis.service import Service
from contracts.registry import every_message
from contracts.topics import SERVICES

ROOT = Path(services.__file__).parent
NAMES = sorted(folder.name for folder in ROOT.iterdir() if (folder / "app.py").exists())
Row = tuple[str, str, str, str]


def rows_of(name: str) -> list[Row]:
    """The rows of the table whose heads are consumes, decides, writes and emits."""
    rows: list[Row] = []
    for line in (ROOT / name / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.strip().startswith("|") else []
        if cells == ["consumes", "decides", "writes", "emits"]:
            rows = [("", "", "", "")]
        elif rows and len(cells) == 4:
            rows.append((cells[0], cells[1], cells[2], cells[3]))
        elif rows:
            break
    return rows[2:]


def quoted(cell: str) -> set[str]:
    """The names in backticks."""
    return set(re.findall(r"`([^`]+)`", cell))


def describes(row: Row, line: Line) -> bool:
    """Whether the row is the line's: its message, its topic or HTTP, and its decider."""
    consumes = quoted(row[0])
    where = line.topic.name() in consumes if line.topic else "HTTP" in row[0]
    return line.message.wire_name in consumes and where and line.name in quoted(row[1])


def service(name: str) -> Service:
    """The declaration of a service."""
    declared = importlib.import_module(f"services.{name}.app").SERVICE
    assert isinstance(declared, Service)
    return declared


@pytest.mark.parametrize("name", NAMES)
def test_each_subscription_line_has_one_row_and_each_row_a_line(name: str) -> None:
    """A reader of the table knows everything that the service listens to, and nothing in it is invented."""
    rows, lines = rows_of(name), service(name).lines
    described = {line.name: [row for row in rows if describes(row, line)] for line in lines}
    assert {line: len(found) for line, found in described.items() if len(found) != 1} == {}
    assert [row for row in rows if not any(describes(row, line) for line in lines)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_row_names_the_collection_that_its_line_writes(name: str) -> None:
    for line in service(name).lines:
        (row,) = [row for row in rows_of(name) if describes(row, line)]
        if line.aggregate:
            assert line.aggregate.collection in quoted(row[2]), row


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_a_collection_of_the_service(name: str) -> None:
    declared = service(name)
    collections = {kind.collection for kind in declared.aggregates} | {kept.name for kept in declared.collections}
    assert set().union(*(quoted(row[2]) for row in rows_of(name))) <= collections


@pytest.mark.parametrize("name", NAMES)
def test_what_is_emitted_are_messages_of_the_service_and_none_of_its_events_is_left_out(name: str) -> None:
    """Every event that the contracts give to the service stands in its README, and the table emits only messages that exist."""
    own = {message.wire_name: message for message in every_message() if message.topic.service == name}
    emitted = set().union(*(quoted(row[3]) for row in rows_of(name)))
    assert emitted <= own.keys()
    text = quoted((ROOT / name / "README.md").read_text(encoding="utf-8"))
    assert {kind for kind, message in own.items() if message.topic.kind == "events"} - text == set()


def test_all_four_services_are_read_here() -> None:
    assert sorted(topics.service for topics in SERVICES) == NAMES
