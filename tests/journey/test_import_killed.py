"""Services are killed with SIGKILL while a CRM export is imported; started again, they reach the very counts of an undisturbed import."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.log import read_topic
from tests.journey.running_system import BATON, ROOT, RunningSystem, environment, eventually, in_home, policies

pytestmark = pytest.mark.integration

ROWS = 1500
DEPARTMENTS = 9
"""Of R64; each has a mailbox, and hears on two channels."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    folder = tmp_path_factory.mktemp("killed")
    yield from in_home(folder / "home", policies(folder / "policies"))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    subprocess.run([sys.executable, "examples/sample_export.py", "--out", str(folder), "--rows", str(ROWS)], cwd=ROOT, check=True)
    return folder / "pipeline.csv"


def _import(system: RunningSystem, export: Path) -> list[str]:
    words = ["--home", str(system.home), "import", str(export), "--mapping", str(ROOT / "examples" / "sample-export.toml"), "--json"]
    return [*BATON, *words, "--waived-by", "Dana Reyes", "--reason", "closed before Baton", "--rejects", str(export.parent / "rejects.csv")]


def _kill(system: RunningSystem, service: str) -> None:
    """SIGKILL to the service; whoever watches it starts it again."""
    pid = system.json("status")["services"][service]["pid"]
    os.kill(pid, signal.SIGKILL)

    def again() -> bool | None:
        now = system.json("status")["services"][service]
        return (now["pid"] != pid and now["ready"]) or None

    eventually(again, f"{service} is started again", seconds=120)


def _facts(system: RunningSystem, topic: str, type_: str) -> Counter[str]:
    """Events of a type by deal, a repeat under one id counted once."""
    kafka = system.json("status")["kafka"]
    found = {record.id: record for record in read_topic(kafka, f"baton.{topic}.events") if record.type == type_}
    return Counter(record.headers["ce_subject"].decode() for record in found.values())


@pytest.mark.requirement("X3")
@pytest.mark.requirement("D2")
def test_an_import_with_every_service_killed_once_ends_with_the_same_counts(system: RunningSystem, export: Path) -> None:
    """Guarantee: nothing acknowledged is lost and nothing has its effect twice, whichever service dies while an export is imported."""
    rows = list(csv.DictReader(export.read_text(encoding="utf-8-sig").splitlines()))
    whole = [row for row in rows if row["account"]]
    won = {row["opportunity_id"] for row in whole if row["deal_stage"] == "Won"}
    seed = random.randrange(1 << 30)
    order = random.Random(seed).sample(["deals", "onboarding", "notifications", "feedback"], 4)
    print(f"seed {seed}: killed in the order {', '.join(order)}")
    running = subprocess.Popen(
        _import(system, export), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    for service in order:
        _kill(system, service)
    out, err = running.communicate(timeout=300)
    assert running.returncode == 0, err
    told: dict[str, Any] = json.loads(out)
    assert (told["rows"], told["taken"] + told["unchanged"], told["rejected"]) == (ROWS, len(whole), ROWS - len(whole))
    system.settle()
    for topic, type_ in (("deals", "deals.DealClosedWon.v1"), ("onboarding", "onboarding.HandoverOpened.v1")):
        facts = _facts(system, topic, type_)
        assert facts.keys() == won
        assert set(facts.values()) == {1}
    summary = system.do("GET", "notifications", "/notifications/summary")
    assert summary["total"] == len(won) * DEPARTMENTS * 2
    assert system.json("dead-letters", "list") == []
    again = json.loads(
        subprocess.run(_import(system, export), cwd=ROOT, capture_output=True, text=True, check=True, env=environment()).stdout
    )
    assert (again["taken"], again["unchanged"]) == (0, len(whole)), "a second run changes nothing"
