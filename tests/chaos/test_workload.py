"""The end of the clients: what they began must come to rest."""

import json
from pathlib import Path

import pytest

from tests.chaos import clients
from tests.chaos.clients import CAST, Clients, quiet
from tests.chaos.clients.operations import OperationLog
from tests.chaos.world import World

WORLD = World(1, 30.0, "run", 4, "", "", "key", {"deals": None}, faults_injected=True)  # type: ignore[dict-item]


@pytest.mark.parametrize(("rests", "wrongs"), [(True, []), (False, ["what the clients began did not come to rest"])])
def test_clients_that_do_not_come_to_rest_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rests: bool, wrongs: list[str]
) -> None:
    monkeypatch.setattr(clients, "farewell", lambda *_: None)
    monkeypatch.setattr(clients, "await_quiet", lambda _: rests)
    assert Clients([], WORLD, OperationLog(tmp_path / "log")).stop() == wrongs


@pytest.mark.parametrize(("look", "rests"), [([5, 0], True), ([5, 1], False)])
def test_what_waits_is_no_rest(monkeypatch: pytest.MonkeyPatch, look: list[int], rests: bool) -> None:
    monkeypatch.setattr(quiet, "LONGEST", 0.5)
    monkeypatch.setattr(quiet, "QUIET", 0.1)
    monkeypatch.setattr(quiet, "LOOK", 0.05)
    monkeypatch.setattr(quiet, "MongoClient", lambda *_, **__: Closed())
    monkeypatch.setattr(quiet, "_look", lambda *_: look)
    assert quiet.await_quiet(WORLD) is rests


@pytest.mark.parametrize(("silent", "seconds", "idle"), [("stranger", 30.0, ["stranger"]), ("stranger", 1.0, []), ("customer", 30.0, [])])
def test_a_client_that_never_tried_anything_is_named(tmp_path: Path, silent: str, seconds: float, idle: list[str]) -> None:
    """Unless it only reacts, or had no time: what it is there for has not been put to the test."""
    log = tmp_path / "clients.jsonl"
    log.write_text("".join(json.dumps({"client": name}) + "\n" for name in CAST if name != silent))
    assert clients.idle(log, seconds) == idle


class Closed:
    """A client that is only closed."""

    def close(self) -> None:
        """Nothing is held."""
