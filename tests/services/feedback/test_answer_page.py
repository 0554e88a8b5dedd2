"""The answer page over HTTP: what it shows, what it takes, and what it never does."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from services.feedback.links import AnswerLinks, Invitation
from services.feedback.settings import FeedbackSettings
from tests.delivery.instances import KEY
from tests.services.feedback.given import RULES
from tests.services.feedback.running import Feedback

pytestmark = pytest.mark.integration
PAGE = RULES.page


def collected(feedback: Feedback, deal_id: str) -> list[int]:
    """The scores that were told of a deal so far."""
    return [event["data"]["score"] for event in feedback.events(deal_id) if event["type"] == "FeedbackCollected"]


@pytest.mark.parametrize("score", ["", "?score=9", "?score=0", "?score=11", "?score=nine"])
def test_opening_a_link_records_nothing_whatever_it_says(feedback: Feedback, score: str) -> None:
    """Mail scanners follow links: only the form's POST answers."""
    deal_id, _, link = feedback.invite()
    page = feedback.client.get(f"{link}{score}")
    assert (page.status_code, feedback.client.head(f"{link}{score}").status_code) == (200, 200)
    assert re.findall(r'value="(\d+)"[^>]* checked', page.text) == ([score[7:]] if score in ("?score=9", "?score=0") else [])
    assert feedback.get(f"/surveys/{deal_id}")["state"] == "invited"
    assert collected(feedback, deal_id) == []


@pytest.mark.requirement("X5")
def test_every_page_forbids_scripts_storing_framing_and_passing_its_address_on(feedback: Feedback) -> None:
    _, _, link = feedback.invite()
    for page in (feedback.client.get(link), feedback.client.post(link), feedback.client.get(f"{feedback.url}/answers/nonsense")):
        policy = page.headers["content-security-policy"]
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("fields", [{}, {"comment": "Slow <b>&"}, {"score": "11"}, {"score": "-1"}, {"score": "9.5"}, {"score": "９"}])
def test_an_answer_without_a_score_gets_the_form_again_with_what_was_written_and_what_is_wrong(
    feedback: Feedback, fields: dict[str, str]
) -> None:
    deal_id, _, link = feedback.invite()
    page = feedback.client.post(link, data=fields)
    assert page.status_code == 422
    assert PAGE.errors.no_score in page.text
    assert ("Slow &lt;b&gt;&amp;" in page.text) == ("comment" in fields)
    assert feedback.get(f"/surveys/{deal_id}")["state"] == "invited"


def test_a_comment_that_is_too_long_gets_the_form_again(feedback: Feedback) -> None:
    _, _, link = feedback.invite()
    page = feedback.client.post(link, data={"score": "9", "comment": "x" * 20_001})
    assert page.status_code == 422
    assert PAGE.errors.comment_too_long in page.text
    assert feedback.client.post(link, data={"score": "9", "comment": "ä" * 20_000}).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"score": 9}', "application/json"),
        (b"score=9&comment=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"score=9", ""),
    ],
)
def test_what_is_not_the_pages_form_is_answered_with_the_form_and_recorded_nowhere(feedback: Feedback, content: bytes, kind: str) -> None:
    deal_id, _, link = feedback.invite()
    page = feedback.client.post(link, content=content, headers={"content-type": kind})
    assert page.status_code == 422
    assert PAGE.errors.no_score in page.text
    assert collected(feedback, deal_id) == []


def test_a_form_sent_twice_is_thanked_twice_and_counted_once_and_another_answer_is_refused_kindly(feedback: Feedback) -> None:
    deal_id, _, link = feedback.invite()
    for _ in range(2):
        page = feedback.client.post(link, data={"score": "9", "comment": "Quick.\r\nKind."})
        assert page.status_code == 200
        assert PAGE.thanks.text in page.text
    other = feedback.client.post(link, data={"score": "2"})
    assert other.status_code == 409
    assert PAGE.other_answer.text in other.text
    again = feedback.client.get(link)
    assert again.status_code == 200
    assert PAGE.answered.text in again.text
    feedback.await_event(deal_id, "SurveyCommandRefused")
    assert collected(feedback, deal_id) == [9]
    assert feedback.get(f"/surveys/{deal_id}")["respondents"][0]["comment"] == "Quick.\nKind."


def test_a_link_that_expired_or_is_not_ours_says_so_in_plain_language(feedback: Feedback) -> None:
    links = AnswerLinks(FeedbackSettings(jwt_key=KEY).signing_key(), feedback.url)
    someone = Invitation("no-such-deal", "no-such-survey", "nobody")
    now = datetime.now(UTC)
    forged = jwt.encode({"aud": "baton:answer-page", "deal": "d", "survey": "s", "sub": "p", "exp": now + timedelta(1)}, "x" * 32, "HS256")
    for link, status, notice in (
        (links.address(someone, now), 410, PAGE.expired),
        (links.address(someone, now + timedelta(1)), 410, PAGE.closed),
        (f"{feedback.url}/answers/{forged}", 404, PAGE.invalid),
        (f"{feedback.url}/answers/nonsense", 404, PAGE.invalid),
    ):
        for page in (feedback.client.get(link), feedback.client.post(link, data={"score": "9"})):
            assert page.status_code == status
            assert notice.title in page.text
            assert notice.text in page.text
