"""An export through the bulk endpoint, on a real Kafka and a real MongoDB: every row answered, none doubled by a second run."""

import uuid
from collections import Counter
from typing import Any

import pytest

from contracts.deals import Condition
from tests.delivery.waiting import eventually
from tests.services.deals.given import ACME
from tests.services.deals.running import Deals

pytestmark = [pytest.mark.integration, pytest.mark.requirement("D2")]
WAIVERS = [{"condition": condition, "reason": "closed before Baton", "by": "dana"} for condition in Condition]


def a_line(deal_id: str, outcome: str, **fields: Any) -> dict[str, Any]:
    """A row of an export as the bulk endpoint takes it."""
    return {
        "type": "ImportDeal",
        "deal_id": deal_id,
        "account": ACME.model_dump(mode="json"),
        "owner_id": "rep",
        "product": "GTX Pro",
        "price": {"amount_minor": 482_100, "currency": "USD"},
        "outcome": outcome,
        "opened_on": "2017-01-05",
        "closed_on": None if outcome == "open" else "2017-03-01",
        "row_hash": f"hash-{outcome}-{deal_id}"[:64],
    } | fields


def send(deals: Deals, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to a bulk request of an operator, in the order of its lines."""
    return deals.bulk("/deals/bulk", lines, "ops", "operator")


def an_export(rows: int) -> list[dict[str, Any]]:
    """Rows as a CRM has them: about half won, a quarter lost, a quarter open."""
    prefix, outcomes = uuid.uuid4().hex[:8], ("won", "lost", "won", "open")
    return [
        a_line(f"{prefix}-{number}", outcome := outcomes[number % 4], waivers=WAIVERS if outcome == "won" else []) for number in range(rows)
    ]


def test_every_row_is_answered_every_win_is_told_once_and_a_second_run_changes_nothing(deals: Deals) -> None:
    """However often an export is sent, each won row has exactly one `DealClosedWon`, with its waivers."""
    export = an_export(1200)
    first = send(deals, export)
    assert [answer["line"] for answer in first] == list(range(1, 1201))
    assert Counter(answer["outcome"] for answer in first) == {"changed": 1200}
    assert Counter(answer["outcome"] for answer in send(deals, export)) == {"nothing": 1200}

    def told() -> Counter[str] | None:
        seen = deals.all_events()
        found = Counter(event["type"] for row in export for event in seen.get(row["deal_id"], []))
        return found if found["DealOpened"] >= 1200 else None

    assert eventually(told, "all rows are told") == {"DealOpened": 1200, "DealClosedWon": 600, "DealClosedLost": 300}
    won = deals.await_event(export[0]["deal_id"], "DealClosedWon")["data"]
    assert {waiver["condition"] for waiver in won["waivers"]} == set(Condition)


@pytest.mark.requirement("R1")
def test_a_won_row_without_waivers_is_refused_with_what_is_missing_and_makes_no_deal(deals: Deals) -> None:
    name = f"deal-{uuid.uuid4().hex[:8]}"
    (answer,) = send(deals, [a_line(name, "won")])
    assert (answer["outcome"], answer["code"], answer["id"]) == ("refused", "not_ready_to_close", name)
    assert [missing["condition"] for missing in answer["missing"]] == ["contract", "legal", "finance", "package"]
    assert deals.await_event(name, "CloseRefused")["data"]["requested_by"] == "ops"
    assert deals.call("GET", f"/deals/{name}").status_code == 404


def test_a_bad_row_says_what_is_wrong_and_harms_no_other(deals: Deals) -> None:
    names = [f"deal-{uuid.uuid4().hex[:8]}" for _ in range(3)]
    lines = [a_line(names[0], "open"), a_line(names[1], "open", stage="dreaming"), a_line(names[2], "maybe"), {"type": "DropDeals"}]
    good, staged, outcome, unknown = send(deals, lines)
    assert good["outcome"] == "changed"
    assert (staged["line"], staged["code"], staged["field"]) == (2, "invalid", "stage")
    assert (outcome["outcome"], outcome["field"]) == ("invalid", "outcome")
    assert (unknown["outcome"], unknown["field"]) == ("invalid", "type")


@pytest.mark.requirement("D1")
def test_a_deal_reopened_here_survives_the_next_export(deals: Deals) -> None:
    row = a_line(f"deal-{uuid.uuid4().hex[:8]}", "won", waivers=WAIVERS)
    assert send(deals, [row])[0]["outcome"] == "changed"
    path, reopen = f"/deals/{row['deal_id']}/reopen", {"reason": "signed by the wrong entity"}
    assert deals.call("POST", path, "dana", "sales_manager", json=reopen).status_code == 200
    assert send(deals, [row])[0]["outcome"] == "nothing"
    edited = row | {"product": "GTX Plus", "row_hash": "hash-edited"}
    assert send(deals, [edited])[0]["outcome"] == "changed"
    assert deals.call("GET", f"/deals/{row['deal_id']}").json()["outcome"] == "open"
    lost = row | {"outcome": "lost", "row_hash": "hash-lost-now"}
    assert send(deals, [lost])[0]["outcome"] == "changed"
    (disagrees,) = send(deals, [row | {"row_hash": "hash-won-again"}])
    assert (disagrees["outcome"], disagrees["code"], disagrees["field"]) == ("refused", "export_disagrees", "outcome")
