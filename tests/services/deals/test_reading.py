"""What callers see of deals, packages and people, and who may; on a real Kafka and a real MongoDB."""

import json
import uuid
from typing import Any

import pytest

from tests.services.deals.given import ACME
from tests.services.deals.running import Deals

pytestmark = pytest.mark.integration
ACCOUNT = ACME.model_dump(mode="json")


@pytest.mark.requirement("R4")
@pytest.mark.requirement("R26")
def test_a_package_is_shown_in_the_clear_and_published_sealed(deals: Deals, deal_id: str) -> None:
    told = {"buying_reason": "month end takes ten days", "success_definition": "two days by autumn"}
    assert deals.call("PUT", f"/deals/{deal_id}/buying-reason", json=told).status_code == 200
    promise = {"kind": "sow", "text": "migration by May", "owner_id": "rep", "due_on": "2026-05-31"}
    content = {"goals": ["two days"], "promises": [promise], "solution_document": "https://documents.example.com/osd"}
    assert deals.call("POST", f"/deals/{deal_id}/packages", json={"package": content}).status_code == 200
    event = json.dumps(deals.await_event(deal_id, "PackageSubmitted")["data"])
    assert not any(text in event for text in ("month end", "by autumn", "migration", "two days"))
    shown = deals.call("GET", f"/deals/{deal_id}/packages/1").json()
    assert (shown["submitted_by"], shown["package"]["buying_reason"]["text"]) == ("rep", "month end takes ten days")
    assert (shown["package"]["promises"][0]["text"]["text"], shown["package"]["promises"][0]["due_on"]) == (
        "migration by May",
        "2026-05-31",
    )
    missing = deals.call("GET", f"/deals/{deal_id}/packages/2")
    assert (missing.status_code, missing.json()["code"]) == (404, "package_unknown")


@pytest.mark.requirement("X5")
def test_a_person_is_recorded_takes_part_and_is_erased(deals: Deals, deal_id: str) -> None:
    """Names are shown to those the policy lists; after the erasure nobody has them, and the topic ends in a tombstone."""
    person = f"ada-{uuid.uuid4().hex[:6]}"
    unknown = deals.call("POST", f"/deals/{deal_id}/contacts", json={"contact": {"person_id": person, "role": "champion"}})
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (422, "person_unknown", "contact.person_id")
    told = {"name": "Ada Lovelace", "email": "ada@example.com", "time_zone": "Europe/London", "account_id": person}
    assert deals.call("PUT", f"/people/{person}", json=told).json()["outcome"] == "changed"
    assert deals.call("PUT", f"/people/{person}", json=told).json()["outcome"] == "nothing"
    assert deals.call("POST", f"/deals/{deal_id}/contacts", json={"contact": {"person_id": person, "role": "champion"}}).status_code == 200
    deals.await_event(deal_id, "DealContactAdded")
    (shown,) = deals.call("GET", "/people", params={"account_id": person}).json()["items"]
    assert (shown["name"], "sealing_key" in shown) == ("Ada Lovelace", False)
    assert deals.call("GET", f"/people/{person}", "finn", "finance").status_code == 403
    assert deals.call("PUT", f"/people/{person}", "finn", "finance", json=told).status_code == 403
    assert deals.call("DELETE", f"/people/{person}").status_code == 403
    assert deals.call("DELETE", f"/people/{person}", "dpo", "privacy_officer").json()["outcome"] == "changed"
    assert deals.call("GET", f"/people/{person}").status_code == 404


def test_a_wrong_person_names_the_field(deals: Deals) -> None:
    for told, named in (
        ({"name": ""}, "name"),
        ({"name": "Ada", "time_zone": "Mars"}, "time_zone"),
        ({"name": "Ada", "email": "x"}, "email"),
    ):
        answer = deals.call("PUT", "/people/ada", json=told)
        assert (answer.status_code, answer.json()["field"]) == (422, named)


def test_deals_are_listed_by_stage_outcome_and_account_page_by_page(deals: Deals) -> None:
    account = ACCOUNT | {"account_id": uuid.uuid4().hex}
    ids = [f"{account['account_id']}-{number}" for number in range(5)]
    for number, name in enumerate(ids):
        fields = {"deal_id": name, "account": account, "owner_id": "rep", "stage": "proposal" if number % 2 else "engaging"}
        assert deals.call("POST", "/deals", json=fields).status_code == 200
    found, after = [], None
    while True:
        query: dict[str, Any] = {"account_id": account["account_id"], "limit": 2} | ({"after": after} if after else {})
        page = deals.call("GET", "/deals", params=query).json()
        found += [item["deal_id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert found == ids
    at_proposal = deals.call("GET", "/deals", params={"account_id": account["account_id"], "stage": "proposal", "outcome": "open"}).json()
    assert [item["deal_id"] for item in at_proposal["items"]] == ids[1::2]
    assert deals.call("GET", "/deals", params={"limit": 501}).status_code == 422


def test_nothing_answers_without_a_token_and_roles_are_the_policys(deals: Deals, deal_id: str) -> None:
    assert deals.call("GET", f"/deals/{deal_id}", headers={"Authorization": ""}).status_code == 401
    refused = deals.call("POST", f"/deals/{deal_id}/legal", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert deals.call("GET", "/deals/no-such-deal").json()["code"] == "deal_unknown"


def test_the_service_documents_its_routes_and_its_messages(deals: Deals) -> None:
    routes = deals.call("GET", "/openapi.json").json()["paths"]
    assert {"/deals", "/deals/bulk", "/deals/{deal_id}/close", "/people/{person_id}"} <= routes.keys()
    assert "DealClosedWon" in json.dumps(deals.call("GET", "/asyncapi.json").json())
