"""The onboarding service on a real Kafka and a real MongoDB: a handover's whole way, by the bus and over HTTP, seen from outside."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from contracts.onboarding import AcceptHandover, CompleteStep, HoldKickoff
from services.onboarding.domain import State
from tests.delivery.waiting import eventually
from tests.services.onboarding.given import POLICY, THIN
from tests.services.onboarding.messages import Sale
from tests.services.onboarding.running import Onboarding
from tests.services.service_process import token

pytestmark = pytest.mark.integration


def every_step(deal_id: str) -> list[dict[str, Any]]:
    """A line for each step of the template, in the role of its Accountable."""
    return [
        {"type": "CompleteStep", "deal_id": deal_id, "step": name, "role": step.letters.accountable}
        for name, step in POLICY.by_step.items()
    ]


@pytest.mark.requirement("R26")
@pytest.mark.requirement("R27")
@pytest.mark.requirement("R44")
def test_a_handover_goes_from_preparation_to_completion(onboarding: Onboarding, sale: Sale) -> None:
    """Prepared, scored, opened by the win, accepted by a named person, every step done, kick-off held: completed, with contacts."""
    onboarding.publish(sale.moved(), sale.submitted(), sale.won())
    assert onboarding.told(sale.deal_id, "PackageScored")["score"] == 100
    assert onboarding.told(sale.deal_id, "HandoverOpened")["steps"] == list(POLICY.by_step)
    assert onboarding.kinds(sale.deal_id)[0] == "HandoverPrepared"
    onboarding.publish(AcceptHandover(deal_id=sale.deal_id, package_version=1), bearer=token("ona", "onboarding_manager"))
    assert onboarding.told(sale.deal_id, "HandoverAccepted")["accepted_by"] == "ona"
    answers = onboarding.bulk("/handovers/bulk", every_step(sale.deal_id), "ops", "operator")
    assert [answer["outcome"] for answer in answers] == ["changed"] * len(POLICY.steps)
    assert onboarding.shown(sale.deal_id)["state"] == "accepted"
    held = HoldKickoff(deal_id=sale.deal_id, held_at=datetime.now(UTC), notes="all seven were there")
    onboarding.publish(held, bearer=token("ona", "onboarding_manager"))
    completed = onboarding.told(sale.deal_id, "HandoverCompleted")
    assert [contact["person_id"] for contact in completed["contacts"]] == ["p1", "p2"]
    assert completed["account_name"] == "Acme Corporation"
    shown = onboarding.shown(sale.deal_id)
    assert (shown["state"], shown["deadlines"], shown["kickoff"]["notes"]) == (
        "completed",
        {},
        {"by": "ona", "text": "all seven were there"},
    )
    assert all(step["done"] for step in shown["steps"])
    sequence = [int(event["sequence"]) for event in onboarding.events(sale.deal_id)]
    assert sequence == list(range(1, len(sequence) + 1))


@pytest.mark.requirement("R26")
def test_a_returned_package_comes_back_better_and_is_accepted(onboarding: Onboarding, sale: Sale) -> None:
    onboarding.publish(sale.submitted(), sale.won())
    onboarding.told(sale.deal_id, "HandoverOpened")
    path = f"/handovers/{sale.deal_id}"
    returned = onboarding.call("POST", f"{path}/return", json={"reason": "who signs?", "sections": ["stakeholders"]})
    assert (returned.status_code, returned.json()["outcome"]) == (200, "changed")
    event = onboarding.told(sale.deal_id, "HandoverReturned")
    assert (event["returned_by"], [gap["section"] for gap in event["gaps"]]) == ("ona", ["stakeholders"])
    assert "who signs?" not in str(event)
    assert [back["reason"] for back in onboarding.shown(sale.deal_id)["returns"]] == [{"by": "ona", "text": "who signs?"}]
    refused = onboarding.call("POST", f"{path}/accept", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "handover_already_returned")
    onboarding.publish(sale.submitted(version=2))
    assert onboarding.told(sale.deal_id, "PackageScored", 2)["package_version"] == 2
    assert onboarding.call("POST", f"{path}/accept", json={"package_version": 2}).json()["outcome"] == "changed"


@pytest.mark.requirement("R26")
def test_a_win_whose_package_fell_behind_is_returned_by_the_policy(onboarding: Onboarding, sale: Sale) -> None:
    onboarding.publish(sale.submitted(), sale.submitted(2, THIN), sale.won())
    returned = onboarding.told(sale.deal_id, "HandoverReturned")
    assert (returned["returned_by"], returned["package_version"]) == ("policy", 2)
    assert onboarding.kinds(sale.deal_id) == ["PackageScored", "PackageScored", "HandoverOpened", "HandoverReturned"]


@pytest.mark.requirement("R26")
@pytest.mark.requirement("R27")
def test_who_may_not_is_refused_on_the_bus_and_over_http(onboarding: Onboarding, sale: Sale) -> None:
    """Accepting without a token, and a step in a role that has no R or A for it, change nothing and are told."""
    onboarding.publish(sale.won())
    onboarding.told(sale.deal_id, "HandoverOpened")
    onboarding.publish(AcceptHandover(deal_id=sale.deal_id))
    assert onboarding.told(sale.deal_id, "HandoverCommandRefused")["code"] == "forbidden"
    onboarding.publish(CompleteStep(deal_id=sale.deal_id, step="promises", role="csm"))
    assert onboarding.told(sale.deal_id, "HandoverCommandRefused", 2)["code"] == "role_not_allowed"
    answer = onboarding.call("POST", f"/handovers/{sale.deal_id}/steps/promises", "cara", "csm", json={"role": "sales_rep"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (403, "role_not_allowed", "role")
    onboarding.publish(CompleteStep(deal_id=sale.deal_id, step="promises", role="sales_rep"))
    assert onboarding.told(sale.deal_id, "StepCompleted")["completed_by"] == "/tests"
    (done,) = [step["done"] for step in onboarding.shown(sale.deal_id)["steps"] if step["done"]]
    assert (done["by"], done["claimed"]) == ("/tests", True)


@pytest.mark.requirement("O2")
@pytest.mark.requirement("R65")
def test_what_is_not_done_in_time_is_raised_by_a_timer_and_found_among_the_overdue(onboarding: Onboarding, sale: Sale) -> None:
    onboarding.publish(sale.won())
    late = onboarding.told(sale.deal_id, "KickoffOverdue")
    assert (late["missing"], late["accountable"]) == ("booking", "onboarding_manager")
    assert onboarding.told(sale.deal_id, "StepOverdue")["step"] == "promises"

    def overdue() -> Any:
        listed = onboarding.call("GET", "/handovers", params={"overdue": True, "limit": 500}).json()["items"]
        return next((found["overdue"] for found in listed if found["deal_id"] == sale.deal_id), None)

    assert set(overdue()) == {"kickoff_booking", "step_promises"}
    at = datetime.now(UTC) + timedelta(days=2)
    booked = onboarding.call("PUT", f"/handovers/{sale.deal_id}/kickoff", json={"at": at.isoformat()})
    assert booked.json()["outcome"] == "changed"
    onboarding.bulk("/handovers/bulk", every_step(sale.deal_id), "ops", "operator")
    assert overdue() is None


@pytest.mark.requirement("R44")
def test_a_booked_kickoff_is_a_file_for_the_calendar(onboarding: Onboarding, sale: Sale) -> None:
    path = f"/handovers/{sale.deal_id}/kickoff"
    onboarding.publish(sale.won())
    onboarding.told(sale.deal_id, "HandoverOpened")
    missing = onboarding.call("GET", f"{path}.ics")
    assert (missing.status_code, missing.json()["code"]) == (404, "kickoff_not_booked")
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    onboarding.call("PUT", path, json={"at": at.isoformat()})
    answer = onboarding.call("GET", f"{path}.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert Calendar.from_ical(answer.content).walk("VEVENT")[0].decoded("DTSTART") == at


@pytest.mark.requirement("D1")
def test_a_reopened_deal_stops_its_handover_and_its_next_win_opens_another(onboarding: Onboarding, sale: Sale) -> None:
    onboarding.publish(sale.won(), sale.reopened())
    assert onboarding.told(sale.deal_id, "HandoverStopped")["because"] == "reopened"
    assert (onboarding.shown(sale.deal_id)["state"], onboarding.shown(sale.deal_id)["deadlines"]) == (State.STOPPED, {})
    refused = onboarding.call("POST", f"/handovers/{sale.deal_id}/accept", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "handover_not_running")
    onboarding.publish(sale.won(cycle=2))
    assert onboarding.told(sale.deal_id, "HandoverOpened", 2)["cycle"] == 2
    shown = onboarding.shown(sale.deal_id)
    assert (shown["cycle"], shown["state"], [past["state"] for past in shown["past_cycles"]]) == (2, "open", ["stopped"])


@pytest.mark.requirement("O2")
def test_wins_of_long_ago_open_without_a_timer_by_the_hundred(onboarding: Onboarding) -> None:
    """A company that imports its history is not told that thousands of kick-offs are late."""
    timers = delivery(onboarding)["timers"]
    sales = [Sale(f"old-{number}-{uuid.uuid4().hex[:8]}") for number in range(300)]
    onboarding.publish(*(sale.won_long_ago() for sale in sales))
    opened = [onboarding.told(sale.deal_id, "HandoverOpened") for sale in sales]
    assert {event["deadlines"] for event in opened} == {False}
    assert all(event["gaps"] for event in opened)
    assert delivery(onboarding)["timers"] <= timers
    assert onboarding.shown(sales[0].deal_id)["timed"] is False


@pytest.mark.requirement("R73")
def test_a_detractor_opens_a_follow_up_and_one_of_an_unknown_deal_is_a_dead_letter(onboarding: Onboarding, sale: Sale) -> None:
    onboarding.publish(sale.won())
    onboarding.told(sale.deal_id, "HandoverOpened")
    unknown = Sale(f"deal-{uuid.uuid4().hex[:8]}")
    onboarding.publish(sale.unhappy(), unknown.unhappy())
    assert onboarding.told(sale.deal_id, "FollowUpOpened")["role"] == "csm"

    def letter() -> Any:
        letters = onboarding.call("GET", "/dead-letters", "ops", "operator", params={"key": unknown.deal_id}).json()
        return letters[0] if letters else None

    assert eventually(letter, "a dead letter")["line"] == "follow_up_detractor"


def test_handovers_are_listed_page_by_page_and_by_state(onboarding: Onboarding) -> None:
    sales = [Sale(f"list-{uuid.uuid4().hex[:8]}") for _ in range(5)]
    onboarding.publish(*(sale.moved() for sale in sales))
    for sale in sales:
        onboarding.told(sale.deal_id, "HandoverPrepared")
    found, after = list[str](), None
    while True:
        page = onboarding.call("GET", "/handovers", params={"state": "prepared", "limit": 2} | ({"after": after} if after else {})).json()
        found += [item["deal_id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert found == sorted(sale.deal_id for sale in sales)
    wrong = onboarding.call("GET", "/handovers", params={"state": "lovely"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "state")


@pytest.mark.requirement("R27")
def test_the_template_is_the_raci_matrix_of_the_policy(onboarding: Onboarding) -> None:
    template = onboarding.call("GET", "/template").json()
    assert (len(template["steps"]), len(template["roles"])) == (11, 7)
    assert template["steps"][0]["raci"] == POLICY.steps[0].raci
    assert template["steps"][0]["may_complete"] == ["sales_rep", "sales_engineer", "sales_manager"]


@pytest.mark.parametrize("path", ["/template", "/handovers", "/handovers/none", "/handovers/none/kickoff.ics"])
def test_no_query_answers_without_a_token(onboarding: Onboarding, path: str) -> None:
    assert onboarding.client.get(f"{onboarding.url}{path}").status_code == 401


def test_an_unknown_handover_is_a_problem_that_names_the_field(onboarding: Onboarding) -> None:
    answer = onboarding.call("GET", "/handovers/none")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (404, "handover_unknown", "deal_id")


def delivery(onboarding: Onboarding) -> Any:
    """What the service says of its outbox and timers."""
    return onboarding.call("GET", "/delivery", "ops", "operator").json()
