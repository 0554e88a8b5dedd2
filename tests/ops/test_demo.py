"""The demo: its policies, its sample, and a small performance of it from beginning to end."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ops.demo.policies import change, shipped, write_policies
from ops.demo.reconciling import Check
from ops.errors import OpsError
from ops.importing.mapping import load_mapping
from ops.importing.run import Export
from tests.ops.command import ROOT, baton

EXAMPLES = ROOT / "examples"


def sample(folder: Path, *arguments: str) -> Path:
    subprocess.run([sys.executable, EXAMPLES / "sample_export.py", "--out", folder, *arguments], check=True, capture_output=True)
    return folder / "pipeline.csv"


def test_the_sample_is_the_same_for_the_same_seed_and_another_for_another(tmp_path: Path) -> None:
    one, same, other = sample(tmp_path / "1"), sample(tmp_path / "2"), sample(tmp_path / "3", "--seed", "8")
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()


def test_the_sample_is_dirty_in_the_ways_that_real_exports_are(tmp_path: Path) -> None:
    """A product under another name than the product list's, a misspelt sector, rows without an account, days as dd-mm-yy, CR LF."""
    pipeline = sample(tmp_path)
    rows = list(csv.DictReader(pipeline.open(newline="")))
    products = {row["product"] for row in csv.DictReader((tmp_path / "products.csv").open(newline=""))}
    assert len(rows) == 1000
    assert {row["product"] for row in rows} - products == {"RelayTeam", "Ledger+"}
    assert sum(not row["account"] for row in rows) > 100
    assert "manufactoring" in (tmp_path / "accounts.csv").read_text()
    assert b"\r\n" in pipeline.read_bytes()


def test_every_row_of_the_sample_is_taken_but_those_without_an_account(tmp_path: Path) -> None:
    export = Export(sample(tmp_path), load_mapping(EXAMPLES / "sample-export.toml"), None)
    refused = [row for row in export.rows() if row.command is None]
    assert {str(reason) for row in refused for reason in row.reasons} == {"account: the account is missing"}


def test_the_demo_s_policies_are_the_shipped_ones_but_for_what_its_files_name(tmp_path: Path) -> None:
    folder = write_policies(EXAMPLES / "demo", tmp_path / "policies")
    onboarding = yaml.safe_load((folder / "onboarding.yaml").read_text())
    original = yaml.safe_load(shipped("onboarding").read_text())
    assert {step["within"] for step in onboarding["steps"]} == {"10m"}
    assert [step["raci"] for step in onboarding["steps"]] == [step["raci"] for step in original["steps"]]
    assert not (folder / "deals.yaml").exists()


def test_a_change_of_what_a_policy_does_not_have_is_refused() -> None:
    with pytest.raises(OpsError, match=r"onboarding\.yaml: kickoff\.booked: the policy of onboarding has no such value"):
        change({"kickoff": {"booked_within": "1d"}}, "kickoff.booked", "1s", Path("onboarding.yaml"))


def test_a_count_holds_only_if_it_is_the_same_wherever_it_is_taken() -> None:
    assert Check("deals won", 3, {"bus": 3, "deals": 3}).holds
    assert not Check("deals won", 3, {"bus": 3, "deals": 2}).holds


@pytest.mark.requirement("R1")
def test_a_small_demo_plays_the_whole_journey_and_every_count_reconciles(tmp_path: Path) -> None:
    """From a CRM export to survey answers through public interfaces only: won = handovers opened = completed = surveys answered."""
    found = baton("demo", "--rows", 120, "--keep", tmp_path, patience=580)
    assert found.code == 0, found.err
    assert "WRONG" not in found.out
    assert "surveys answered" in found.out
    assert "HandoverCompleted" in found.out.split("The journey of one deal")[1]
    assert not (tmp_path / "home" / "system.json").exists()
