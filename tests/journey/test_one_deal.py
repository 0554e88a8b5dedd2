"""One deal, through the public interfaces of a system of real processes: from the first contact to a detractor's follow-up."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.running_system import RunningSystem, eventually, in_home, policies

pytestmark = pytest.mark.integration

DEAL = "D-1001"
TEAM = {
    "sam": "sales_rep",
    "mia": "sales_manager",
    "eve": "sales_engineer",
    "otto": "onboarding_rep",
    "olga": "onboarding_manager",
    "cleo": "csm",
    "max": "cs_executive",
}
PACKAGE = {
    "pain_points": ["Reports take three days"],
    "goals": ["Reports in an hour"],
    "stakeholders": [{"person_id": "c-ann", "role": "champion"}, {"person_id": "c-bob", "role": "decision_maker"}],
    "expectations": ["Live before the quarter ends"],
    "roi_analysis": "Two analysts saved",
    "requests": ["Single sign-on"],
    "promises": [{"kind": "sow", "text": "Migration of three years of data"}],
    "perceptions": "Likely to expand",
    "solution_document": "https://documents.example/osd-1001",
}


def _sooner(policy: dict[str, Any]) -> None:
    policy["nps"] |= {"first_after": "1s", "remind_after": "4s", "long_onboarding": None}


def _at_once(policy: dict[str, Any]) -> None:
    for manner in ("colleague", "department"):
        policy[manner]["digest_every"] = "1s"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    folder: Path = tmp_path_factory.mktemp("journey")
    yield from in_home(folder / "home", policies(folder / "policies", feedback=_sooner, notifications=_at_once))


def _people_and_deal(system: RunningSystem) -> None:
    for person, role in TEAM.items():
        body = {"name": person.title(), "email": f"{person}@seller.example", "roles": [role]}
        system.do("PUT", "notifications", f"/people/{person}", body)
    system.do("PUT", "notifications", "/accounts/acme/team", {"members": {role: [person] for person, role in TEAM.items()}})
    for person in ("c-ann", "c-bob"):
        system.do("PUT", "deals", f"/people/{person}", {"name": person, "email": f"{person}@acme.example", "account_id": "acme"})
    body = {"deal_id": DEAL, "account": {"account_id": "acme", "name": "Acme"}, "owner_id": "sam"}
    system.do("POST", "deals", "/deals", body, "sam", ("sales_rep",))
    for person, role in (("c-ann", "champion"), ("c-bob", "decision_maker")):
        system.do("POST", "deals", f"/deals/{DEAL}/contacts", {"contact": {"person_id": person, "role": role}}, "sam", ("sales_rep",))


@pytest.mark.requirement("R1")
@pytest.mark.requirement("R100")
def test_a_deal_goes_from_the_first_contact_to_a_detractors_follow_up(system: RunningSystem) -> None:
    """Guarantee: what each service is told reaches the others, in full and once, and the close gate lets nothing premature through."""
    _people_and_deal(system)
    _win(system)
    _hand_over(system)
    _answer(system, score=3)
    follow_up = eventually(lambda: _of_type(system, "onboarding.FollowUpOpened.v1"), "a follow-up of the detractor")
    assert follow_up["subject"] == DEAL
    system.settle()
    _everything_once(system)
    _everybody_was_told(system)


def _win(system: RunningSystem) -> None:
    refused = system.ask("POST", "deals", f"/deals/{DEAL}/close", "sam", ("sales_rep",), json={})
    assert refused.status_code == 409
    assert {missing["condition"] for missing in refused.json()["missing"]} == {"contract", "legal", "finance", "package"}
    system.do("POST", "deals", f"/deals/{DEAL}/contract", {"signed_by": "c-bob"}, "sam", ("sales_rep",))
    system.do("POST", "deals", f"/deals/{DEAL}/legal", {}, "lea", ("legal",))
    system.do("POST", "deals", f"/deals/{DEAL}/finance", {}, "fin", ("finance",))
    reason = {"buying_reason": "Their reports are late", "success_definition": "Reports in an hour"}
    eventually(lambda: system.ask("GET", "deals", "/people/sam").status_code == 200 or None, "deals knows its sales rep")
    system.do("PUT", "deals", f"/deals/{DEAL}/buying-reason", reason, "sam", ("sales_rep",))
    system.do("POST", "deals", f"/deals/{DEAL}/packages", {"package": PACKAGE}, "sam", ("sales_rep",))

    def closed() -> bool | None:
        answer = system.ask("POST", "deals", f"/deals/{DEAL}/close", "sam", ("sales_rep",), json={})
        if answer.status_code == 409:
            assert [missing["code"] for missing in answer.json()["missing"]] == ["score_pending"]
            return None
        assert answer.status_code == 200, answer.text
        return True

    eventually(closed, "the package is scored and the gate lets the deal pass")


def _hand_over(system: RunningSystem) -> None:
    path = f"/handovers/{DEAL}"
    eventually(lambda: system.ask("GET", "onboarding", path).status_code == 200 or None, "a handover is opened")
    eventually(lambda: system.do("GET", "onboarding", path)["state"] == "open" or None, "the handover is open")
    system.do("POST", "onboarding", f"{path}/accept", {}, "olga", ("onboarding_manager",))
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    system.do("PUT", "onboarding", f"{path}/kickoff", {"at": soon}, "olga", ("onboarding_manager",))
    system.do("POST", "onboarding", f"{path}/kickoff/held", {"held_at": soon}, "olga", ("onboarding_manager",))
    roles = {role: person for person, role in TEAM.items()}
    for step in system.do("GET", "onboarding", "/template")["steps"]:
        role = next(role for role, letters in step["raci"].items() if "R" in letters)
        system.do("POST", "onboarding", f"{path}/steps/{step['step']}", {"role": role}, roles[role], (role,))
    assert system.do("GET", "onboarding", path)["state"] == "completed"


def _answer(system: RunningSystem, score: int) -> None:
    (mail, *_) = eventually(lambda: system.mails("c-bob@acme.example"), "an invitation by e-mail")
    (link,) = set(re.findall(r"http://\S+/answers/[\w.~-]+", mail["text"]))
    page = httpx.get(link)
    assert page.status_code == 200
    assert "<fieldset" in page.text
    sent = httpx.post(link, data={"score": str(score), "comment": "Nobody called us back"}, follow_redirects=True)
    assert sent.status_code == 200, sent.text


def _of_type(system: RunningSystem, type_: str) -> dict[str, Any] | None:
    return next((entry for entry in system.json("journey", DEAL) if entry["type"] == type_), None)


def _everything_once(system: RunningSystem) -> None:
    entries = system.json("journey", DEAL)
    ids = [(entry["source"], entry["id"], entry["topic"]) for entry in entries]
    assert len(ids) == len(set(ids)), "nothing failed, so nothing was published twice"
    types = [entry["type"] for entry in entries]
    for once in (
        "deals.DealClosedWon.v1",
        "onboarding.HandoverOpened.v1",
        "onboarding.HandoverCompleted.v1",
        "feedback.FeedbackCollected.v1",
    ):
        assert types.count(once) == 1, once
    assert types.index("deals.DealClosedWon.v1") < types.index("onboarding.HandoverOpened.v1")
    assert types.index("onboarding.HandoverCompleted.v1") < types.index("feedback.SurveyInvited.v1")
    assert system.json("dead-letters", "list") == []
    nps = system.do("GET", "feedback", "/nps")
    assert (nps["n"], nps["nps"]) == (1, -100)
    status = system.json("status")
    assert status["settled"] is True
    assert status["lag"]["messages"] == status["outbox"] == 0


def _everybody_was_told(system: RunningSystem) -> None:
    told = system.ask("GET", "notifications", f"/notifications?about={DEAL}&limit=500").json()
    rows = told["items"] if isinstance(told, dict) else told
    assert len({(row["kind"], row["recipient"], row["channel"], row["because_of"]) for row in rows}) == len(rows)
    text = "".join(mail["text"] for mail in system.mails("finance@baton.example"))
    assert "Acme" in text
    assert "Their reports are late" not in text, "finance does not need the customer's reason"
    assert any("detractor" in row["kind"] and row["recipient"] == "cleo" for row in rows)
