"""What the log says of requests: each line of a bulk request has its own answer, or what became of the request as a whole."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.checking.data import Operation, RunData, Service
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.kinds import answers
from tests.chaos.checking.reading import KNOWN
from tests.chaos.checking.violation import Broken
from tests.chaos.clients import asking
from tests.chaos.clients.asking import TRIES, Caller
from tests.chaos.clients.operations import Ask, OperationLog
from tests.chaos.world import ServicePlace, World

PLACES = {"deals": ServicePlace(("http://deals",), "run_deals", "run.deals")}
WORLD = World(1, 30.0, "run", 4, "", "", "the key of bearer tokens of this test", PLACES, faults_injected=True)
ASKS = [Ask("deals", "ImportDeal", f"deal-{number}", {"deal_id": f"deal-{number}"}) for number in (1, 2, 3)]
Serve = Callable[[httpx.Request], httpx.Response]


class Bulk:
    """A caller before a service that does as it is told, and what was logged."""

    def __init__(self, file: Path, serve: Serve) -> None:
        self._file, self._log = file, OperationLog(file)
        self.caller = Caller(WORLD, "importer", self._log, random.Random(1))
        self.caller._http = httpx.Client(transport=httpx.MockTransport(serve))

    def logged(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    def judged(self) -> list[str]:
        """The kinds of violations that the checker sees in the answers."""
        operations = [Operation(**{name: value for name, value in line.items() if name in KNOWN}) for line in self.logged()]
        run = RunData("run", operations=operations, services={"deals": Service("deals")})
        return [violation.kind for violation in answers.judge(Evidence(run))]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking.time, "sleep", lambda _: None)


def _line(number: int, outcome: str = "changed", **members: Any) -> bytes:
    return json.dumps({"line": number, "outcome": outcome, "id": f"deal-{number}", **members}).encode() + b"\n"


def test_every_line_of_a_request_that_failed_has_its_status_and_the_checker_sees_it(tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(500, json={"code": "internal"}))
    assert bulk.caller.bulk(ASKS, "importer.1") == 0
    lines = bulk.logged()
    assert len(lines) == 3 * TRIES
    assert {(line["told"], line["answer"]["status"]) for line in lines} == {("unknown", 500)}
    assert bulk.judged() == [Broken.FAULT] * 3


def test_a_line_that_failed_alone_is_seen_too(tmp_path: Path) -> None:
    body = _line(1) + _line(2, "invalid", status=500, code="internal") + _line(3)
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(200, content=body))
    bulk.caller.bulk(ASKS, "importer.1")
    assert bulk.judged() == [Broken.FAULT]


def test_each_line_is_logged_with_its_own_answer(tmp_path: Path) -> None:
    body = _line(1) + _line(2, "refused", status=409, code="deal_exists") + _line(3)
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(200, content=body))
    assert bulk.caller.bulk(ASKS, "importer.1") == 2
    assert [(line["told"], line["answer"]["status"]) for line in bulk.logged()] == [
        ("acknowledged", 200),
        ("refused", 409),
        ("acknowledged", 200),
    ]
    assert bulk.judged() == []


def test_lines_without_an_answer_say_how_the_connection_was_lost_and_are_asked_again(tmp_path: Path) -> None:
    tries = iter((_lost, lambda: _line(1) + _line(2) + _line(3)))

    def serve(_: httpx.Request) -> httpx.Response:
        content: Any = next(tries)()
        return httpx.Response(200, content=content)

    bulk = Bulk(tmp_path / "log", serve)
    assert bulk.caller.bulk(ASKS, "importer.1") == 3
    first, *unanswered = bulk.logged()[:3]
    assert (first["told"], first["answer"]["outcome"], "error" in first["answer"]) == ("acknowledged", "changed", False)
    assert [(line["told"], line["answer"]) for line in unanswered] == [("unknown", {"status": 200, "error": "ReadError"})] * 2
    assert bulk.judged() == []


def _lost() -> Iterator[bytes]:
    yield _line(1)
    raise httpx.ReadError("the connection broke")


def test_an_answer_that_is_no_json_is_logged_as_such(tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(200, content=b"<html>\n"))
    bulk.caller.bulk(ASKS, "importer.1", tries=1)
    assert [line["answer"] for line in bulk.logged()] == [{"status": 200, "error": "JSONDecodeError"}] * 3


def test_what_is_acknowledged_in_one_try_and_unknown_in_the_next_counts_once(tmp_path: Path) -> None:
    gone = {"status": 503, "code": "unavailable"}
    tries = iter((_line(1) + _line(2, "unavailable", **gone) + _line(3), _line(1, "unavailable", **gone) + _line(2) + _line(3)))
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(200, content=next(tries)))
    assert bulk.caller.bulk(ASKS, "importer.1", tries=2) == 3


def test_a_single_request_keeps_the_status_of_an_answer_that_is_no_json(tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "log", lambda _: httpx.Response(404, content=b"<html>"))
    bulk.caller.ask(ASKS[0], "importer.1")
    assert bulk.logged()[0]["answer"] == {"status": 404, "error": "JSONDecodeError"}
