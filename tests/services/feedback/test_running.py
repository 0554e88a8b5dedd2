"""The feedback service on a real Kafka and a real MongoDB, from a completed handover to the score."""

import uuid

import pytest

from contracts.deals import DealReopened
from contracts.feedback import AnswerSurvey
from contracts.people import CustomerPersonRecorded
from contracts.values import SealedText
from tests.deciding import NOW
from tests.delivery.waiting import eventually
from tests.services.feedback.running import Feedback, in_days
from tests.services.service_process import token

pytestmark = pytest.mark.integration


@pytest.mark.requirement("R73", "R75")
def test_a_completed_handover_leads_to_an_invitation_an_answer_and_a_detractor(feedback: Feedback) -> None:
    """Every event's subject is the deal's id, and a deal's events are in order, numbered without gaps."""
    deal_id, person, link = feedback.invite()
    assert feedback.send(link, score="4", comment="Slow at first.").status_code == 200
    feedback.await_event(deal_id, "SurveyEnded")
    events = feedback.events(deal_id)
    assert [event["type"] for event in events] == [
        "SurveyScheduled",
        "SurveyInvited",
        "FeedbackCollected",
        "DetractorRaised",
        "SurveyEnded",
    ]
    assert {event["subject"] for event in events} == {deal_id}
    numbers = [int(event["sequence"]) for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert (events[2]["data"]["score"], events[2]["data"]["respondent_id"]) == (4, person.person_id)
    survey = feedback.get(f"/surveys/{deal_id}")
    assert (survey["state"], survey["unanswered"]) == ("answered", [])
    assert survey["respondents"][0]["comment"] == "Slow at first."


@pytest.mark.requirement("X5")
def test_neither_links_nor_names_nor_words_of_customers_are_in_the_log_or_in_the_clear_on_the_bus(feedback: Feedback) -> None:
    deal_id, person, link = feedback.invite()
    feedback.client.get(link)
    assert feedback.send(link, score="9", comment="Splendid people.").status_code == 200
    feedback.await_event(deal_id, "FeedbackCollected")
    log, bus = feedback.log.read_text(), str(feedback.events(deal_id))
    assert "/answers/{token}" in log
    for secret in (link.rpartition("/")[2], "Splendid", person.name, "ada@example.com"):
        assert secret not in log
        assert secret not in bus


@pytest.mark.requirement("X5")
def test_comments_are_shown_to_those_who_may_read_them_and_to_nobody_once_the_person_is_erased(feedback: Feedback) -> None:
    """The tombstone takes the key away, and with it every text that was sealed under it; the score stays."""
    deal_id, person, link = feedback.invite()
    feedback.send(link, score="9", comment="Splendid people.")

    def shown(role: str) -> tuple[int, bool, str | None]:
        (respondent,) = feedback.get(f"/surveys/{deal_id}", "carla", role)["respondents"]
        return respondent["score"], respondent["commented"], respondent["comment"]

    for role, comment in (("csm", "Splendid people."), ("operator", "Splendid people."), ("finance", None)):
        assert shown(role) == (9, True, comment)
    (survey,) = [survey for survey in feedback.get("/surveys?limit=500")["items"] if survey["deal_id"] == deal_id]
    assert survey["respondents"][0]["comment"] is None
    feedback.erase(person)
    eventually(lambda: shown("csm") == (9, True, None), "the comment is unreadable")


def test_an_answer_can_come_by_the_bus(feedback: Feedback) -> None:
    deal_id, person, _ = feedback.invite()
    survey_id = feedback.get(f"/surveys/{deal_id}")["survey_id"]
    feedback.publish(AnswerSurvey(deal_id=deal_id, survey_id=survey_id, respondent_id=person.person_id, score=10))
    assert feedback.await_event(deal_id, "FeedbackCollected")["data"]["score"] == 10
    feedback.publish(AnswerSurvey(deal_id=deal_id, survey_id=survey_id, respondent_id=person.person_id, score=1))
    refused = feedback.await_event(deal_id, "SurveyCommandRefused")["data"]
    assert (refused["code"], refused["command"], refused["requested_by"]) == ("already_answered", "AnswerSurvey", "/tests")


@pytest.mark.parametrize(("role", "status"), [("csm", 200), ("sales_rep", 403)])
def test_a_colleague_whose_role_allows_it_takes_an_answer_down(feedback: Feedback, role: str, status: int) -> None:
    deal_id, person, _ = feedback.invite()
    body = {"survey_id": feedback.get(f"/surveys/{deal_id}")["survey_id"], "respondent_id": person.person_id, "score": 8}
    headers = {"Authorization": f"Bearer {token('carla', role)}"}
    answer = feedback.client.post(f"{feedback.url}/surveys/{deal_id}/answers", json=body, headers=headers)
    assert answer.status_code == status, answer.text


def test_a_deal_without_a_survey_is_not_found_and_no_query_answers_without_a_token(feedback: Feedback) -> None:
    headers = {"Authorization": f"Bearer {token('carla', 'csm')}"}
    answer = feedback.client.get(f"{feedback.url}/surveys/no-such-deal", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "survey_unknown")
    for path in ("/surveys", "/surveys/deal-1", "/nps"):
        assert feedback.client.get(f"{feedback.url}{path}").status_code == 401


@pytest.mark.requirement("R73")
def test_the_score_of_an_account_comes_with_its_n_and_its_interval_and_is_null_on_no_answers(feedback: Feedback) -> None:
    account = f"account-{uuid.uuid4().hex[:8]}"
    nothing = feedback.get(f"/nps?account_id={account}")
    assert (nothing["n"], nothing["nps"], nothing["confidence"]) == (0, None, {"level": 0.95, "low": None, "high": None})
    for score in (10, 9, 7, 3):
        _, _, link = feedback.invite(account_id=account)
        assert feedback.send(link, score=str(score)).status_code == 200
    found = feedback.get(f"/nps?account_id={account}&from={in_days(-1)}&to={in_days(1)}")
    assert (found["n"], found["promoters"], found["passives"], found["detractors"], found["nps"]) == (4, 2, 1, 1, 25.0)
    assert -100 <= found["confidence"]["low"] < 25 < found["confidence"]["high"] <= 100
    assert feedback.get(f"/nps?account_id={account}&from={in_days(1)}")["n"] == 0
    assert feedback.get(f"/nps?account_id={account}&to={in_days(-1)}")["n"] == 0
    assert feedback.get("/nps")["n"] >= 4


def test_surveys_are_listed_in_parts_and_by_who_has_not_answered(feedback: Feedback) -> None:
    account = f"account-{uuid.uuid4().hex[:8]}"
    deals = sorted(feedback.invite(account_id=account) for _ in range(3))
    feedback.send(deals[0][2], score="9")
    feedback.await_event(deals[0][0], "SurveyEnded")
    first = feedback.get(f"/surveys?account_id={account}&limit=2")
    rest = feedback.get(f"/surveys?account_id={account}&limit=2&after={first['next']}")
    assert [survey["deal_id"] for survey in first["items"] + rest["items"]] == [deal_id for deal_id, _, _ in deals]
    assert rest["next"] is None
    waiting = feedback.get(f"/surveys?account_id={account}&unanswered=true")
    assert [(survey["deal_id"], survey["unanswered"]) for survey in waiting["items"]] == [
        (deal_id, [person.person_id]) for deal_id, person, _ in deals[1:]
    ]


@pytest.mark.requirement("R74")
def test_a_person_is_not_invited_for_a_second_deal_within_the_throttle(feedback: Feedback) -> None:
    _, person, _ = feedback.invite()
    second = feedback.complete(person)
    assert feedback.await_event(second, "SurveySkipped")["data"]["because"] == "throttled"


def test_a_handover_without_a_contact_to_ask_is_skipped(feedback: Feedback) -> None:
    deal_id = feedback.complete()
    assert feedback.await_event(deal_id, "SurveySkipped")["data"]["because"] == "no_contact"


@pytest.mark.requirement("D1")
def test_a_reopened_deal_stops_its_survey_and_the_new_cycle_is_surveyed_again(feedback: Feedback) -> None:
    deal_id, _, link = feedback.invite()
    reason = SealedText(person_id="dana", sealed="c2VhbGVk")
    feedback.publish(
        DealReopened(deal_id=deal_id, account_id="acme", cycle=2, reopened_by="dana", reason=reason, was="won", stage="negotiation", at=NOW)
    )
    assert feedback.await_event(deal_id, "SurveyEnded")["data"]["because"] == "stopped"
    assert feedback.client.get(link).status_code == feedback.send(link, score="9").status_code == 410
    other = feedback.customer()
    feedback.publish(other)
    feedback.complete(other, deal_id=deal_id, cycle=2)
    assert feedback.send(feedback.link(deal_id, other, count=2), score="9").status_code == 200
    assert feedback.await_event(deal_id, "FeedbackCollected")["data"]["cycle"] == 2


@pytest.mark.requirement("R74")
def test_who_does_not_answer_is_reminded_once_with_the_same_link_until_the_survey_expires(hasty: Feedback) -> None:
    deal_id, person, link = hasty.invite()
    assert hasty.link(deal_id, person, count=2) == link
    ended = hasty.await_event(deal_id, "SurveyEnded")["data"]
    assert (ended["because"], ended["invited"], ended["answered"]) == ("expired", 1, 0)
    assert [event["data"]["reminder"] for event in hasty.events(deal_id) if event["type"] == "SurveyInvited"] == [False, True]
    survey = hasty.await_state(deal_id, "expired")
    assert survey["unanswered"] == [person.person_id]
    assert hasty.client.get(link).status_code == 410


def test_an_invitation_waits_for_a_persons_record_that_comes_late(hasty: Feedback) -> None:
    person = hasty.customer()
    deal_id = hasty.complete(person)
    assert hasty.await_state(deal_id, "asking")["respondents"][0]["state"] == "asked"
    hasty.publish(person)
    assert hasty.link(deal_id, person).startswith(hasty.url)


def test_a_person_of_whom_no_record_ever_comes_is_given_up(hasty: Feedback) -> None:
    deal_id = hasty.complete(CustomerPersonRecorded(person_id=f"nobody-{uuid.uuid4().hex}", name="Nobody", sealing_key=""))
    assert hasty.await_event(deal_id, "SurveySkipped")["data"]["because"] == "unreachable"
