"""The command line without a system: help, errors in a sentence, and the page that documents it."""

import re
from pathlib import Path

import pytest
import typer

from ops.cli import app
from tests.ops.command import ROOT, baton, environment
from tests.ops.export import MAPPING, WON, write_joined_files

NOWHERE = {"BATON_KAFKA": "127.0.0.1:1", "BATON_MONGO": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500", "BATON_JWT_KEY": "k" * 40}


def commands(group: typer.main.TyperGroup, prefix: str = "") -> dict[str, object]:
    """Every command by its full name."""
    found: dict[str, object] = {}
    for name, one in group.commands.items():
        found[f"{prefix}{name}"] = one
        if isinstance(one, typer.main.TyperGroup):
            found |= commands(one, f"{prefix}{name} ")
    return found


ALL = commands(typer.main.get_command(app))  # type: ignore[arg-type]
LEAVES = [name for name, one in ALL.items() if not isinstance(one, typer.main.TyperGroup)]


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_stands_in_the_documentation_with_all_its_options(name: str) -> None:
    """docs/cli.md is checked against the code: a command or an option that it does not have fails here."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"`baton {name}" in page
    shared = {"--home", "--kafka", "--mongo", "--prefix", "--debug", "--help"}
    for parameter in ALL[name].params:  # type: ignore[attr-defined]
        for flag in (flag for flag in parameter.opts if flag.startswith("--") and flag not in shared and not flag.endswith("-url")):
            assert f"`{flag}" in page, f"docs/cli.md does not have {flag} of baton {name}"


def test_the_documentation_names_no_command_that_does_not_exist() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    named = re.findall(r"^### `baton ([a-z\- ]+?)(?: [A-Z\[-].*)?`", page, re.MULTILINE)
    assert named
    assert set(named) <= set(ALL)


@pytest.mark.parametrize("arguments", [("status",), ("lag",), ("topics",), ("journey", "D1"), ("wait", "--settled"), ("token",)])
def test_without_a_system_a_command_says_how_to_start_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    found = baton(*arguments, "--home", tmp_path / "home")
    assert found.code == 1
    assert found.sentence == f"No system runs in {tmp_path}/home; start one with: baton up --home {tmp_path}/home"


def test_the_home_may_stand_before_the_command_s_name_and_in_the_environment(tmp_path: Path) -> None:
    assert str(tmp_path / "one") in baton("--home", tmp_path / "one", "status").sentence
    assert str(tmp_path / "two") in baton("status", env={"BATON_HOME": str(tmp_path / "two")}).sentence
    assert str(tmp_path / ".baton") in baton("status", cwd=tmp_path).sentence


@pytest.mark.parametrize("arguments", [("lag",), ("topics",), ("journey", "D1")])
def test_a_broker_that_does_not_answer_is_one_sentence(arguments: tuple[str, ...]) -> None:
    assert baton(*arguments, env=NOWHERE).code == 1


def test_a_service_whose_address_is_not_known_is_asked_for_by_name() -> None:
    assert "BATON_DEALS_URL" in baton("dead-letters", "list", env=NOWHERE).sentence


def test_a_service_that_does_not_answer_is_one_sentence() -> None:
    found = baton("dead-letters", "list", "--service", "deals", "--deals-url", "http://127.0.0.1:1", env=NOWHERE)
    assert found.sentence.startswith("deals does not answer at http://127.0.0.1:1")


def test_a_dead_letter_is_never_changed_without_saying_which() -> None:
    assert baton("dead-letters", "redrive", env=NOWHERE).sentence.startswith("Say which: ids, or a filter")
    assert baton("dead-letters", "discard", "x", "--all", env=NOWHERE).sentence.startswith("Give ids, or filters, or --all")


def test_nothing_parked_is_put_back_without_saying_which() -> None:
    assert baton("parked", "put-back", env=NOWHERE).sentence == "Say which: owners, or --all."
    assert baton("parked", "put-back", "D1", "--all", env=NOWHERE).sentence == "Give owners, or --all; not both."
    assert baton("parked", "list", "--service", "sales", env=NOWHERE).sentence.startswith("There is no service 'sales'")


def test_a_token_outside_needs_the_key() -> None:
    assert "BATON_JWT_KEY" in baton("token", env={"BATON_KAFKA": "127.0.0.1:1"}).sentence
    assert baton("token", env=NOWHERE).out.count(".") == 2
    assert baton("token", "--ttl", "soon", env=NOWHERE).sentence.startswith("--ttl: a duration is a number and a unit")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--waived-by", "Dana Reyes"), "--waived-by and --reason go together"),
        (("--waived-by", " ", "--reason", "x"), "--waived-by and --reason must not be empty"),
        (("--rejects", "deals.csv"), "--rejects: the export itself would be overwritten"),
        ((), "The address of notifications is not known"),
    ],
)
def test_an_import_that_cannot_begin_says_why(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    write_joined_files(tmp_path)
    (tmp_path / "deals.csv").write_text(f"id,agent,product,account,stage,opened,closed,value\n{WON}\n")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    found = baton("import", "deals.csv", "--mapping", "mapping.toml", *arguments, cwd=tmp_path, env=NOWHERE)
    assert found.sentence.startswith(sentence)


def test_an_unknown_policy_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "sales.yaml").write_text("x: 1\n")
    assert "named after no service" in baton("up", "--policies", tmp_path, "--home", tmp_path / "home").sentence


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made" in baton("up", "--home", tmp_path / "file" / "home").sentence


def test_down_on_a_home_where_nothing_runs_is_no_error(tmp_path: Path) -> None:
    found = baton("down", "--home", tmp_path / "home")
    assert (found.code, found.err.strip()) == (0, f"Nothing runs in {tmp_path}/home.")


def test_the_tests_environment_names_no_system() -> None:
    assert not [name for name in environment() if name.startswith("BATON_")]


def test_a_policy_that_a_service_refuses_is_the_sentence_that_up_ends_with(tmp_path: Path) -> None:
    """A service that cannot run under its policy is not tried for ever: `up` says why, and leaves nothing running."""
    (tmp_path / "deals.yaml").write_text("stages: [prospecting]\n")
    found = baton("up", "--detach", "--policies", tmp_path, "--home", tmp_path / "home")
    assert found.sentence.startswith("The service deals does not start: ")
    assert "deals.yaml:1: " in found.sentence
    assert baton("status", "--home", tmp_path / "home").sentence.startswith("No system runs in")
