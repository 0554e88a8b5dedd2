"""A publisher that shares no code with Baton sends commands and events by the docs alone, and they have their effects."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.tokens import issue
from stack.addresses import Addresses
from tests.leftovers import remove_everything_of

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
KEY = "a key of development tokens, long enough"
READY_SECONDS, WON_SECONDS, WITHIN_SECONDS = 120.0, 120.0, 90.0
Message = dict[str, Any]


class Publisher:
    """The example program, run as anybody would run it: a process that knows an address and the docs."""

    def __init__(self, kafka: str, prefix: str) -> None:
        self._kafka, self._prefix = kafka, prefix

    def send(self, *messages: Message, partitioner: str | None = None) -> list[Message]:
        """Publish messages whose topic is given without the prefix; where each record went."""
        lines = "\n".join(json.dumps({**message, "topic": f"{self._prefix}.{message['topic']}"}) for message in messages)
        return self._run("send", *(["--partitioner", partitioner] if partitioner else []), given=lines)

    def command(self, type_: str, deal: str, **more: Any) -> str:
        """Send one command about a deal, of a service that its type names; its id."""
        extra: Message = {name: more.pop(name) for name in ("id", "token") if name in more}
        (sent,) = self.send({"topic": "deals.commands", "type": type_, "key": deal, "data": {"deal_id": deal, **more}, **extra})
        return str(sent["id"])

    def outcome(self, deal: str, cause: str, topic: str = "deals.events") -> Message:
        """The first message about the deal that follows from the one with this id."""
        return self._watch(topic, deal, "--because-of", cause)[-1]

    def seen(self, deal: str, until: str) -> list[Message]:
        """Everything about the deal on deals' events topic, up to the first message of a type."""
        return self._watch("deals.events", deal, "--until", until)

    def dead_letter(self, key: str) -> Message:
        """The first record with this key on deals' dead-letter topic."""
        return self._watch("deals.dead-letters", key)[-1]

    def _watch(self, topic: str, key: str, *until: str) -> list[Message]:
        return self._run("watch", f"{self._prefix}.{topic}", "--key", key, "--within", str(WITHIN_SECONDS), *until)

    def _run(self, *arguments: str, given: str = "") -> list[Message]:
        command = [sys.executable, str(ROOT / "examples" / "foreign_publisher.py"), "--kafka", self._kafka, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def publisher(stack_under_test: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A foreign publisher beside a running deals service, with the system's topics made by the bootstrap step."""
    port, prefix = _free_port(), f"t{uuid.uuid4().hex[:10]}"
    environment = os.environ | {
        "BATON_KAFKA": stack_under_test.kafka,
        "BATON_MONGO": stack_under_test.mongo,
        "BATON_PREFIX": prefix,
        "BATON_JWT_KEY": KEY,
        "BATON_HTTP_PORT": str(port),
    }
    subprocess.run(
        [sys.executable, "-m", "ops.bootstrap", "deals"], env=environment, cwd=ROOT, check=True, capture_output=True, timeout=180
    )
    log = tmp_path_factory.mktemp("deals") / "deals.log"
    with log.open("wb") as output:
        service = subprocess.Popen([sys.executable, "-m", "services.deals"], env=environment, cwd=ROOT, stdout=output, stderr=output)
        try:
            _await_ready(service, port, log)
            yield Publisher(stack_under_test.kafka, prefix)
        finally:
            service.terminate()
            service.wait(timeout=40)
            remove_everything_of(prefix, stack_under_test)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await_ready(service: subprocess.Popen[bytes], port: int, log: Path) -> None:
    answer = "none"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and service.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except urllib.error.HTTPError as error:
            answer = error.read().decode()
        except OSError as error:
            answer = repr(error)
    pytest.fail(f"deals was not ready: {answer}\n{log.read_text()[-3000:]}")


def a_deal() -> str:
    """An id that no other test has."""
    return f"foreign-{uuid.uuid4().hex[:12]}"


ACCOUNT = {"account_id": "account-7", "name": "Example Company"}


def opened(publisher: Publisher, deal: str) -> None:
    """Open the deal and see it opened."""
    cause = publisher.command("deals.OpenDeal.v1", deal, account=ACCOUNT, owner_id="colleague-3")
    assert publisher.outcome(deal, cause)["type"] == "deals.DealOpened.v1"


def closed(publisher: Publisher, deal: str) -> Message:
    """Ask for the close until it succeeds: the score is on another topic than the command, and topics race each other."""
    deadline = time.monotonic() + WON_SECONDS
    while time.monotonic() < deadline:
        answer = publisher.outcome(deal, publisher.command("deals.CloseDeal.v1", deal))
        if answer["type"] == "deals.DealClosedWon.v1":
            return answer
        assert [missing["code"] for missing in answer["data"]["missing"]] == ["score_pending"]
    raise AssertionError("the deal was not won in time")


@pytest.mark.requirement("R1")
@pytest.mark.requirement("R2")
@pytest.mark.requirement("X1")
def test_commands_and_events_of_a_stranger_carry_a_deal_over_the_close_gate(publisher: Publisher) -> None:
    """What stands in docs/publishing.md and the catalogue is enough to publish: a refusal says what is missing, an event of another
    service (here a scoring system in onboarding's place) counts, and the win carries what came in."""
    deal = a_deal()
    opened(publisher, deal)

    refused = publisher.outcome(deal, publisher.command("deals.CloseDeal.v1", deal))
    assert refused["type"] == "deals.CloseRefused.v1"
    assert {missing["condition"] for missing in refused["data"]["missing"]} == {"contract", "legal", "finance", "package"}
    assert refused["data"]["requested_by"] == "/example/foreign-publisher"

    for type_ in ("deals.SignContract.v1", "deals.ConfirmLegal.v1", "deals.ConfirmFinance.v1"):
        assert publisher.outcome(deal, publisher.command(type_, deal))["type"] == "deals.DealConditionMet.v1"
    price = {"amount_minor": 1_250_000, "currency": "EUR"}
    publisher.command("deals.SetTerms.v1", deal, price=price, terms={"starts_on": "2026-04-01", "months": 24})
    package = {"solution_document": "https://documents.example.com/osd/1"}
    submitted = publisher.outcome(deal, publisher.command("deals.SubmitPackage.v1", deal, package=package))
    assert (submitted["type"], submitted["data"]["package_version"]) == ("deals.PackageSubmitted.v1", 1)

    score = {"deal_id": deal, "account_id": "account-7", "cycle": 1, "package_version": 1, "score": 90, "threshold": 70}
    publisher.send({"topic": "onboarding.events", "type": "onboarding.PackageScored.v1", "key": deal, "data": score})

    won = closed(publisher, deal)["data"]
    assert (won["package_version"], won["package_score"]) == (1, 90)
    assert won["price"] == price
    assert won["terms"]["months"] == 24
    assert {confirmation["condition"] for confirmation in won["confirmations"]} == {"contract", "legal", "finance"}


@pytest.mark.requirement("X3")
def test_a_command_sent_again_under_its_id_has_no_further_effect(publisher: Publisher) -> None:
    deal, id_ = a_deal(), str(uuid.uuid4())
    for _ in range(2):
        publisher.command("deals.OpenDeal.v1", deal, account=ACCOUNT, owner_id="colleague-3", id=id_)
    publisher.command("deals.SignContract.v1", deal)
    types = [event["type"] for event in publisher.seen(deal, until="deals.DealConditionMet.v1")]
    assert types == ["deals.DealOpened.v1", "deals.DealConditionMet.v1"]


def test_an_id_used_again_with_other_content_is_a_dead_letter(publisher: Publisher) -> None:
    deal, id_ = a_deal(), str(uuid.uuid4())
    publisher.command("deals.OpenDeal.v1", deal, account=ACCOUNT, owner_id="colleague-3", id=id_)
    publisher.command("deals.OpenDeal.v1", deal, account=ACCOUNT, owner_id="colleague-4", id=id_)
    letter = publisher.dead_letter(deal)
    assert (letter["id"], letter["data"]["owner_id"]) == (id_, "colleague-4")


@pytest.mark.requirement("X1")
def test_a_record_placed_by_another_partitioner_has_its_effect_in_order(publisher: Publisher) -> None:
    """librdkafka's own default places by CRC32: such records are forwarded to the lane where their aggregate belongs, in order."""
    deal = a_deal()
    messages = [
        {
            "topic": "deals.commands",
            "type": "deals.OpenDeal.v1",
            "key": deal,
            "data": {"deal_id": deal, "account": ACCOUNT, "owner_id": "rep-1"},
        },
        {"topic": "deals.commands", "type": "deals.SignContract.v1", "key": deal, "data": {"deal_id": deal}},
        {"topic": "deals.commands", "type": "deals.ConfirmLegal.v1", "key": deal, "data": {"deal_id": deal}},
        {"topic": "deals.commands", "type": "deals.CloseDeal.v1", "key": deal, "data": {"deal_id": deal}},
    ]
    publisher.send(*messages, partitioner="consistent_random")
    events = publisher.seen(deal, until="deals.CloseRefused.v1")
    assert [event["type"].split(".")[1] for event in events] == ["DealOpened", "DealConditionMet", "DealConditionMet", "CloseRefused"]
    assert [event["sequence"] for event in events] == ["1", "2", "3", "4"]
    assert {missing["condition"] for missing in events[-1]["data"]["missing"]} == {"finance", "package"}


@pytest.mark.requirement("D1")
def test_a_command_that_needs_a_named_person_is_taken_with_their_token_only(publisher: Publisher) -> None:
    """A directory that publishes people in notifications' place makes the person known; the token in the header says who asks."""
    deal, person = a_deal(), f"colleague-{uuid.uuid4().hex[:8]}"
    opened(publisher, deal)
    lost = publisher.command("deals.LoseDeal.v1", deal, reasons=[{"reason": "price"}])
    assert publisher.outcome(deal, lost)["type"] == "deals.DealClosedLost.v1"

    refused = publisher.outcome(deal, publisher.command("deals.ReopenDeal.v1", deal, reason="they called again"))
    assert (refused["type"], refused["data"]["command"]) == ("deals.DealCommandRefused.v1", "ReopenDeal")

    record = {"person_id": person, "name": "Example Person", "sealing_key": base64.b64encode(os.urandom(32)).decode()}
    publisher.send({"topic": "notifications.people", "type": "notifications.ColleagueRecorded.v1", "key": person, "data": record})
    token = issue(KEY, person, ["sales_manager"], "baton", timedelta(minutes=5))
    reopened = _reopened(publisher, deal, token)
    assert (reopened["cycle"], reopened["reopened_by"]) == (2, person)
    assert reopened["reason"]["person_id"] == person
    assert "called" not in json.dumps(reopened)


def _reopened(publisher: Publisher, deal: str, token: str) -> Message:
    """Ask until the person's record has come: it is on another topic than the command."""
    deadline = time.monotonic() + WON_SECONDS
    while time.monotonic() < deadline:
        answer = publisher.outcome(deal, publisher.command("deals.ReopenDeal.v1", deal, reason="they called again", token=token))
        if answer["type"] == "deals.DealReopened.v1":
            return dict(answer["data"])
        assert answer["data"]["code"] == "person_unknown"
    raise AssertionError("the deal was not reopened in time")
