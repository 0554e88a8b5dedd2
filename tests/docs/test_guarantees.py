"""What the page on guarantees says of chaos and of mutants is what there is: faults, clients, violations, options, tests, mutants."""

import re
from pathlib import Path

import pytest

from tests.chaos.__main__ import main
from tests.chaos.checking import Broken
from tests.chaos.clients import CAST
from tests.chaos.nemesis.profiles import KINDS, PROFILES
from tests.mutants.mutant import mutants

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]


def first_cells() -> set[str]:
    """What stands in code marks in the first cells of the page's tables."""
    return {name for row in ROWS for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


@pytest.mark.parametrize(
    "names",
    [KINDS, CAST, list(Broken), [f"--profile {name}" for name in PROFILES], [mutant.name for mutant in mutants()]],
    ids=["faults", "clients", "violations", "profiles", "mutants"],
)
def test_what_there_is_has_its_row(names: list[str]) -> None:
    """Guarantee: a fault, a client, a kind of violation, a profile or a mutant that is added or renamed is on the page, or this fails."""
    assert {str(name) for name in names} - first_cells() == set()


def test_what_a_row_is_about_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The other way round: nothing is described that has gone."""
    there = {*KINDS, *CAST, *Broken, *(f"--profile {name}" for name in PROFILES), *(mutant.name for mutant in mutants())}
    described = {name for name in first_cells() if not name.startswith(("tests/", "--", "cannot wait", "wait_for"))}
    assert described - there == set()
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert {name.split()[0] for name in first_cells() if name.startswith("--")} <= options


def test_every_test_and_mutant_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", PAGE))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    planted = {mutant.name for mutant in mutants()}
    assert set(re.findall(r"mutant `([\w-]+)`", PAGE)) <= planted
