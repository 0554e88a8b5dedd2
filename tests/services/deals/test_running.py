"""The deals service on a real Kafka and a real MongoDB: each command by the bus and over HTTP, seen from outside."""

import json
import uuid
from typing import Any

import pytest

from contracts.deals import (
    CloseDeal,
    ConfirmFinance,
    ConfirmLegal,
    MoveStage,
    OpenDeal,
    ReopenDeal,
    SignContract,
)
from contracts.message import Message
from contracts.onboarding import Gap, PackageScored
from tests.delivery.waiting import eventually
from tests.services.deals.given import ACME, waive
from tests.services.deals.running import Deals
from tests.services.service_process import token

pytestmark = pytest.mark.integration
ACCOUNT = ACME.model_dump(mode="json")


def score(deals: Deals, deal_id: str, version: int, score: int) -> None:
    """Play onboarding's part, and wait until the deal has it."""
    gaps = () if score >= 80 else (Gap(section="goals", detail="no goal is named", weight=20),)
    deals.publish(PackageScored(deal_id=deal_id, account_id="acme", cycle=1, package_version=version, score=score, threshold=80, gaps=gaps))

    def known() -> bool:
        found = deals.get(f"/deals/{deal_id}")["package_score"]
        return found is not None and found["score"] == score

    eventually(known, "the score is known")


@pytest.mark.requirement("R1")
@pytest.mark.requirement("R2")
def test_a_deal_goes_over_http_from_open_to_won_through_the_gate(deals: Deals, deal_id: str) -> None:
    """A premature close is a 409 with the list of what is missing and an event; once all four are there the deal is won."""
    early = deals.call("POST", f"/deals/{deal_id}/close", json={})
    assert (early.status_code, early.headers["content-type"]) == (409, "application/problem+json")
    assert [(missing["condition"], missing["code"]) for missing in early.json()["missing"]] == [
        ("contract", "missing"),
        ("legal", "missing"),
        ("finance", "missing"),
        ("package", "missing"),
    ]
    assert deals.await_event(deal_id, "CloseRefused")["data"]["requested_by"] == "rep"
    for path, person, role in (("contract", "rep", "sales_rep"), ("legal", "lea", "legal"), ("finance", "finn", "finance")):
        assert deals.call("POST", f"/deals/{deal_id}/{path}", person, role, json={}).status_code == 200
    package = {"package": {"goals": ["close the month in two days"], "pain_points": ["spreadsheets"]}}
    assert deals.call("POST", f"/deals/{deal_id}/packages", json=package).status_code == 200
    pending = deals.call("POST", f"/deals/{deal_id}/close", json={})
    assert [missing["code"] for missing in pending.json()["missing"]] == ["score_pending"]
    score(deals, deal_id, 1, 60)
    thin = deals.call("POST", f"/deals/{deal_id}/close", json={})
    assert [(missing["code"], missing["gaps"]) for missing in thin.json()["missing"]] == [("incomplete", ["goals"])]
    assert deals.call("POST", f"/deals/{deal_id}/packages", json=package).status_code == 200
    score(deals, deal_id, 2, 90)
    assert deals.call("GET", f"/deals/{deal_id}").json()["missing"] == []
    assert deals.call("POST", f"/deals/{deal_id}/close", json={"notes": "a good one"}).json()["outcome"] == "changed"
    won = deals.await_event(deal_id, "DealClosedWon")["data"]
    assert (won["package_version"], won["package_score"], won["waivers"]) == (2, 90, [])
    assert {confirmation["by"] for confirmation in won["confirmations"]} == {"rep", "lea", "finn"}
    assert deals.call("POST", f"/deals/{deal_id}/close", json={}).json()["outcome"] == "nothing"


@pytest.mark.requirement("R1")
def test_the_bus_meets_the_same_gate(deals: Deals, deal_id: str) -> None:
    """A foreign publisher's commands without a token are recorded as claimed; a premature close or move to won becomes `CloseRefused`."""
    deals.publish(CloseDeal(deal_id=deal_id))
    deals.publish(MoveStage(deal_id=deal_id, stage="won"))
    deals.await_event(deal_id, "CloseRefused", count=2)
    commands: list[Message] = [SignContract(deal_id=deal_id), ConfirmLegal(deal_id=deal_id), ConfirmFinance(deal_id=deal_id)]
    for command in commands:
        deals.publish(command)
    met = deals.await_event(deal_id, "DealConditionMet", count=3)
    assert met["data"]["confirmation"]["by"] == "/tests"
    deals.publish(CloseDeal(deal_id=deal_id))
    refused = deals.await_event(deal_id, "CloseRefused", count=3)
    assert [missing["condition"] for missing in refused["data"]["missing"]] == ["package"]
    assert "DealClosedWon" not in deals.kinds(deal_id)


@pytest.mark.requirement("R1")
def test_a_waiver_over_the_bus_needs_the_persons_token(deals: Deals, deal_id: str) -> None:
    deals.publish(CloseDeal(deal_id=deal_id, waivers=waive()))
    assert deals.await_event(deal_id, "DealCommandRefused")["data"]["code"] == "forbidden"
    deals.publish(CloseDeal(deal_id=deal_id, waivers=waive()), bearer=token("dana", "sales_manager"))
    won = deals.await_event(deal_id, "DealClosedWon")["data"]
    assert {waiver["by"] for waiver in won["waivers"]} == {"dana"}
    assert "closed before Baton" not in json.dumps(won)
    shown = deals.call("GET", f"/deals/{deal_id}").json()
    assert {waiver["reason"]["text"] for waiver in shown["won"]["waivers"]} == {"closed before Baton"}


@pytest.mark.requirement("D1")
def test_a_won_deal_is_reopened_by_a_named_person_only_and_its_past_is_kept(deals: Deals, deal_id: str) -> None:
    waivers = [request.model_dump(mode="json") for request in waive()]
    assert deals.call("POST", f"/deals/{deal_id}/close", "dana", "sales_manager", json={"waivers": waivers}).status_code == 200
    reopen = ReopenDeal(deal_id=deal_id, reason="the wrong entity signed")
    deals.publish(reopen)
    assert deals.await_event(deal_id, "DealCommandRefused")["data"]["code"] == "forbidden"
    deals.publish(reopen, bearer=token("dana", "sales_manager"))
    reopened = deals.await_event(deal_id, "DealReopened")["data"]
    assert (reopened["cycle"], reopened["reopened_by"], reopened["was"]) == (2, "dana", "won")
    shown = deals.call("GET", f"/deals/{deal_id}").json()
    assert (shown["outcome"], shown["cycle"], len(shown["missing"])) == ("open", 2, 4)
    (past,) = shown["past_cycles"]
    assert (past["cycle"], past["outcome"], past["won"]["waivers"][0]["reason"]["text"]) == (1, "won", "closed before Baton")


@pytest.mark.requirement("R78")
def test_a_loss_keeps_its_reasons_and_opens_their_details_to_readers_only(deals: Deals, deal_id: str) -> None:
    reasons = [{"reason": "price", "details": "dearer than the other offer"}, {"reason": "no_budget"}]
    assert deals.call("POST", f"/deals/{deal_id}/lose", json={"reasons": reasons}).status_code == 200
    lost = deals.await_event(deal_id, "DealClosedLost")["data"]
    assert [detail["reason"] for detail in lost["reasons"]] == ["price", "no_budget"]
    assert "dearer" not in json.dumps(lost)
    shown = deals.call("GET", f"/deals/{deal_id}").json()["lost"]["reasons"]
    assert shown[0]["details"] == {"by": "rep", "text": "dearer than the other offer"}


def test_a_command_on_the_bus_for_a_deal_that_nobody_opened_is_refused(deals: Deals) -> None:
    name = f"deal-{uuid.uuid4().hex[:8]}"
    deals.publish(MoveStage(deal_id=name, stage="proposal"))
    refused = deals.await_event(name, "DealCommandRefused")["data"]
    assert (refused["code"], refused["command"], refused["requested_by"]) == ("deal_unknown", "MoveStage", "/tests")


def test_a_deal_opened_on_the_bus_is_there_over_http_and_its_events_are_numbered(deals: Deals) -> None:
    name = f"deal-{uuid.uuid4().hex[:8]}"
    deals.publish(OpenDeal(deal_id=name, account=ACME, owner_id="rep"))
    deals.publish(MoveStage(deal_id=name, stage="proposal"))
    deals.await_event(name, "DealStageMoved")
    assert [(event["type"], event["sequence"]) for event in deals.events(name)] == [("DealOpened", "1"), ("DealStageMoved", "2")]
    assert deals.call("GET", f"/deals/{name}").json()["stage"] == "proposal"


@pytest.mark.requirement("R26")
def test_a_score_of_an_unknown_deal_is_a_dead_letter_that_takes_effect_once_the_deal_is_there(deals: Deals) -> None:
    name = f"deal-{uuid.uuid4().hex[:8]}"
    deals.publish(PackageScored(deal_id=name, account_id="acme", cycle=1, package_version=1, score=85, threshold=80))

    def letter() -> Any:
        letters = deals.call("GET", "/dead-letters", "ops", "operator", params={"status": "open", "limit": 500}).json()
        return next((found for found in letters if found["key"] == name), None)

    found = eventually(letter, "a dead letter")
    assert (found["reason"], found["line"]) == ("refused", "record_score")
    deals.publish(OpenDeal(deal_id=name, account=ACME, owner_id="rep"))
    deals.await_event(name, "DealOpened")
    assert deals.call("POST", f"/deals/{name}/packages", json={"package": {}}).status_code == 200
    redriven = deals.call("POST", "/dead-letters/redrive", "ops", "operator", json={"ids": [found["id"]]})
    assert redriven.json()["redriven"] == 1
    eventually(lambda: deals.get(f"/deals/{name}")["package_score"], "the score is known")
