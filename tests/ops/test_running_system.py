"""One system from `up` to `down`, driven by the command line alone: import, kill, look, dead letters, restart."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ops.command import ROOT, Finished, baton, command, environment, until
from tests.ops.trouble import limit_of_events, open_a_heavy_deal, publish_nonsense

MAPPING = ROOT / "examples" / "sample-export.toml"
ROWS = 400
WAIVER = ("--waived-by", "Dana Reyes", "--reason", "closed before Baton")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a system that runs, and is stopped at the end."""
    folder = tmp_path_factory.mktemp("system") / "home"
    started = baton("up", "--detach", "--home", folder)
    assert started.code == 0, started.err
    yield folder
    stopped = baton("down", "--home", folder)
    assert stopped.code == 0, stopped.err


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample export."""
    folder = tmp_path_factory.mktemp("export")
    generator = ROOT / "examples" / "sample_export.py"
    subprocess.run([sys.executable, generator, "--out", folder, "--rows", str(ROWS)], check=True, capture_output=True)
    return folder / "pipeline.csv"


@pytest.fixture(scope="module")
def imported(home: Path, pipeline: Path) -> dict[str, Any]:
    """The result of an import during which deals is killed with -9, and started again by its supervisor."""
    rejects = pipeline.with_name("rejects.csv")
    arguments = ("import", pipeline, "--mapping", MAPPING, *WAIVER, "--rejects", rejects, "--json", "--home", home)
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as running:
        first = status(home)["services"]["deals"]["pid"]
        until("deals is killed", lambda: rejects.exists() or running.poll() is not None)
        os.kill(first, signal.SIGKILL)
        out, err = running.communicate(timeout=300)
    assert running.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    settled = baton("wait", "--settled", "--timeout", 240, "--home", home)
    assert settled.code == 0, settled.err
    assert status(home)["services"]["deals"]["pid"] != first
    return found


def status(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = baton("status", "--json", "--home", home).json
    return found


def rejected(pipeline: Path) -> list[dict[str, str]]:
    with pipeline.with_name("rejects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_status_has_the_shape_that_scripts_rely_on(home: Path, imported: dict[str, Any]) -> None:
    found = status(home)
    assert list(found) == ["kafka", "mongo", "services", "lag", "outbox", "settled"]
    assert set(found["services"]) == {"deals", "onboarding", "notifications", "feedback"}
    for service in found["services"].values():
        assert list(service) == ["pid", "url", "live", "ready"]
        assert service["live"] is service["ready"] is True
    assert found["mongo"].startswith("mongodb://")
    assert (found["lag"], found["outbox"], found["settled"]) == ({"messages": 0, "seconds": 0.0}, 0, True)


@pytest.mark.requirement("D2")
@pytest.mark.requirement("X3")
def test_every_row_is_taken_unchanged_or_rejected_though_a_service_was_killed_meanwhile(imported: dict[str, Any], pipeline: Path) -> None:
    """kill -9 of a service at any moment during an import changes none of its counts."""
    assert list(imported) == ["rows", "taken", "unchanged", "rejected", "rejects_file"]
    with pipeline.open(newline="") as file:
        without_account = [row["opportunity_id"] for row in csv.DictReader(file) if not row["account"]]
    assert imported["rows"] == ROWS
    assert (imported["taken"], imported["unchanged"], imported["rejected"]) == (ROWS - len(without_account), 0, len(without_account))
    assert [row["deal_id"] for row in rejected(pipeline)] == without_account
    assert all(row["reason"] == "account: the account is missing" and int(row["line"]) > 1 for row in rejected(pipeline))


@pytest.mark.requirement("D2")
def test_a_second_import_changes_nothing_and_a_changed_row_alone_acts(home: Path, imported: dict[str, Any], pipeline: Path) -> None:
    arguments = ("--mapping", MAPPING, *WAIVER, "--rejects", pipeline.with_name("again.csv"), "--json", "--home", home)
    again = baton("import", pipeline, *arguments).json
    assert (again["taken"], again["unchanged"]) == (0, imported["taken"])
    lines = pipeline.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if ",Engaging," in line and ",,Engaging," not in line)
    changed = pipeline.with_name("changed.csv")
    changed.write_text("\n".join((*lines[:at], lines[at].replace(",Engaging,", ",Prospecting,"), *lines[at + 1 :], "")))
    assert baton("import", changed, *arguments).json["taken"] == 1


def test_won_deals_without_a_waiver_are_rejected_with_what_is_missing(home: Path, imported: dict[str, Any], pipeline: Path) -> None:
    lines = pipeline.read_text().splitlines()
    won = next(line for line in lines if ",Won," in line)
    one = pipeline.with_name("one.csv")
    one.write_text(f"{lines[0]}\nNEW{won[3:]}\n")
    found = baton("import", one, "--mapping", MAPPING, "--rejects", pipeline.with_name("rejects-one.csv"), "--json", "--home", home).json
    assert (found["rows"], found["rejected"]) == (1, 1)
    assert "the deal cannot be won yet" in pipeline.with_name("rejects-one.csv").read_text()


@pytest.mark.requirement("X2")
def test_a_journey_is_told_in_causal_order_with_the_shape_that_scripts_rely_on(
    home: Path, imported: dict[str, Any], pipeline: Path
) -> None:
    with pipeline.open(newline="") as file:
        deal = next(row["opportunity_id"] for row in csv.DictReader(file) if row["deal_stage"] == "Won")
    found = baton("journey", deal, "--json", "--home", home).json
    shape = ["topic", "partition", "offset", "type", "id", "time", "source", "subject", "causation_id", "data"]
    assert all(list(entry) == shape for entry in found)
    types = [entry["type"] for entry in found]
    assert types.index("deals.DealOpened.v1") < types.index("deals.DealClosedWon.v1") < types.index("onboarding.HandoverOpened.v1")
    assert "notifications.NotifyRecipient.v1" in types
    won = next(entry for entry in found if entry["type"] == "deals.DealClosedWon.v1")
    assert "closed before Baton" not in json.dumps(found)
    assert won["data"]["waivers"][0]["reason"]["person_id"] == "dana-reyes"
    places = {entry["id"]: n for n, entry in reversed(list(enumerate(found)))}
    assert all(places[e["causation_id"]] < n for n, e in enumerate(found) if e["causation_id"] in places and places[e["id"]] == n)
    assert baton("journey", deal, "--quick", "--home", home).out.count("HandoverOpened") == 1
    assert baton("journey", "no-such-deal", "--home", home).sentence == "No topic has a message about 'no-such-deal'."


@pytest.mark.requirement("X2")
def test_topics_and_lag_have_a_line_for_each_topic_and_group(home: Path, imported: dict[str, Any]) -> None:
    lags = baton("lag", "--json", "--home", home).json
    assert {"topic", "group", "service", "partitions", "messages", "seconds"} == set(lags[0])
    pairs = [(lag["topic"], lag["group"]) for lag in lags]
    assert ("baton.deals.events", "baton.onboarding") in pairs
    assert len(pairs) == len(set(pairs))
    topics = baton("topics", "--json", "--home", home).json
    assert {(topic["topic"], topic["group"]) for topic in topics if topic["group"]} == set(pairs)
    assert sum(topic["records"] for topic in topics if topic["topic"] == "baton.deals.events") > imported["taken"]
    assert all(topic["partitions"] == 12 for topic in topics)


@pytest.mark.requirement("X2")
async def test_dead_letters_are_listed_shown_and_changed_only_when_asked(home: Path, imported: dict[str, Any]) -> None:
    await publish_nonsense(status(home)["kafka"])
    until("the dead letters are there", lambda: len(letters(home)) == 3)
    first = letters(home)[0]
    assert {"topic", "partition", "offset", "reason", "message", "attempts", "key"} <= set(first)
    assert first["topic"] == "baton.deals.commands"
    shown = baton("dead-letters", "show", first["id"], "--json", "--home", home).json
    assert shown["value"] == "no JSON"
    assert baton("dead-letters", "show", "none", "--home", home).sentence == "No service has a dead letter 'none'."
    dry = baton("dead-letters", "redrive", "--service", "deals", "--reason", first["reason"], "--dry-run", "--json", "--home", home).json
    assert (dry["matched"], dry["redriven"], sorted(dry["ids"])) == (3, 0, sorted(letter["id"] for letter in letters(home)))
    redriven = baton("dead-letters", "redrive", first["id"], "--json", "--home", home).json
    assert (redriven["matched"], redriven["redriven"]) == (1, 1)
    until("the redriven letter is dead again", lambda: any(letter["attempts"] == 2 for letter in letters(home)))
    assert baton("dead-letters", "discard", "--all", "--service", "deals", "--json", "--home", home).json["discarded"] == 3
    assert letters(home) == []
    assert len(baton("dead-letters", "list", "--status", "discarded", "--json", "--home", home).json) == 3


def letters(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = baton("dead-letters", "list", "--json", "--home", home).json
    return found


@pytest.mark.requirement("X2")
def test_parked_records_are_listed_and_put_back_when_the_cause_is_mended(home: Path, imported: dict[str, Any]) -> None:
    kafka, none = status(home)["kafka"], baton("parked", "list", "--home", home)
    assert (none.code, none.err.strip()) == (0, "There are none.")
    usual = limit_of_events(kafka, "3000")
    url, token = status(home)["services"]["deals"]["url"], baton("token", "--home", home).out.strip()
    open_a_heavy_deal(url, token, "heavy")
    until("the deal's first event is parked", lambda: len(parked(home)) == 1)
    (one,) = parked(home)
    members = ["owner", "lanes", "records", "position", "since", "reason", "topics", "again", "by", "asked_at", "service"]
    assert list(one) == members
    assert (one["owner"], one["records"], one["topics"], one["again"]) == ("heavy", 1, ["baton.deals.events"], False)
    table = baton("parked", "list", "--service", "deals", "--home", home).out.splitlines()
    assert table[0].split() == ["owner", "service", "lane", "records", "since", "reason", "topics", "asked", "by"]
    row = table[1].split()
    assert (row[:5], row[-1]) == (["heavy", "deals", str(one["lanes"][0]), "1", one["since"][:10]], "baton.deals.events")
    assert "person-of-the-team" not in json.dumps(one)
    assert baton("parked", "put-back", "D0", "heavy", "--home", home).sentence == "No service has parked records of 'D0'."
    elsewhere = baton("parked", "put-back", "heavy", "--service", "feedback", "--home", home)
    assert elsewhere.sentence == "feedback has no parked records of 'heavy'."
    dry = baton("parked", "put-back", "--all", "--dry-run", "--home", home)
    assert (dry.out.splitlines()[1].split()[0], dry.err.strip()) == ("heavy", "1 would be put back.")
    assert parked(home) == [one]
    limit_of_events(kafka, usual)
    asked = baton("parked", "put-back", "heavy", "--json", "--home", home).json
    assert asked == {"matched": 1, "asked": 1, "owners": ["heavy"]}
    until("the records are put back", lambda: parked(home) == [])
    assert baton("wait", "--settled", "--timeout", 60, "--home", home).code == 0
    assert [entry["type"] for entry in baton("journey", "heavy", "--json", "--home", home).json][:1] == ["deals.DealOpened.v1"]
    assert baton("parked", "put-back", "--all", "--home", home).err.strip() == "0 of 0 asked for."


def parked(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = baton("parked", "list", "--json", "--home", home).json
    return found


def test_a_token_of_the_command_opens_the_services(home: Path, imported: dict[str, Any]) -> None:
    url = status(home)["services"]["deals"]["url"]
    token = baton("token", "--subject", "dana-reyes", "--roles", "sales_manager,csm", "--ttl", "5m", "--home", home).out.strip()
    assert httpx.get(f"{url}/deals?limit=1").status_code == 401
    assert httpx.get(f"{url}/deals?limit=1", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_another_up_says_that_the_system_runs(home: Path, imported: dict[str, Any]) -> None:
    pids = {name: service["pid"] for name, service in status(home)["services"].items()}
    again: Finished = baton("up", "--detach", "--home", home)
    assert (again.code, again.err.strip()) == (0, f"A system runs in {home} already, and is ready.")
    assert {name: service["pid"] for name, service in status(home)["services"].items()} == pids


def test_a_service_is_restarted_by_name(home: Path, imported: dict[str, Any]) -> None:
    before = status(home)["services"]
    assert baton("restart", "feedback", "--home", home).code == 0
    after = status(home)["services"]
    assert after["feedback"]["pid"] != before["feedback"]["pid"]
    assert after["feedback"]["ready"]
    assert after["deals"] == before["deals"]
    assert baton("restart", "sales", "--home", home).sentence == f"No service 'sales' runs in {home}."


def test_a_system_that_was_not_started_here_is_reached_by_its_addresses(home: Path, imported: dict[str, Any]) -> None:
    """The same commands work against Compose or production: addresses and a token in the environment."""
    found = status(home)
    addresses = {f"BATON_{name.upper()}_URL": service["url"] for name, service in found["services"].items()}
    token = baton("token", "--home", home).out.strip()
    outside = {"BATON_KAFKA": found["kafka"], "BATON_MONGO": found["mongo"], "BATON_TOKEN": token, **addresses}
    seen = baton("status", "--json", env=outside).json
    assert seen["settled"] is True
    assert all(service["pid"] is None and service["ready"] for service in seen["services"].values())
    assert baton("dead-letters", "list", "--json", env=outside).code == 0
