"""The answer page while the database is away: a page for people, no lost and no doubled answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from stack.addresses import Addresses
from stack.mongo import MongoReplicaSet
from tests.delivery.waiting import eventually
from tests.services.feedback.given import RULES
from tests.services.feedback.running import AT_ONCE, SHIPPED, Feedback
from tests.services.service_process import edited, running

pytestmark = pytest.mark.integration
PAGE = RULES.page


@pytest.fixture
def feedback(stack_under_test: Addresses, breakable_mongo: MongoReplicaSet, tmp_path: Path) -> Iterator[Feedback]:
    """The service on a database that may be stopped."""
    stack = replace(stack_under_test, mongo=breakable_mongo.uri)
    with running(Feedback(stack, tmp_path, policy=edited(SHIPPED, AT_ONCE, tmp_path))) as feedback:
        yield feedback


def test_an_answer_sent_while_the_database_is_away_is_not_thanked_and_can_be_sent_again(
    breakable_mongo: MongoReplicaSet, feedback: Feedback
) -> None:
    """Nobody is thanked for an answer that is not kept; what was thanked for is kept once."""
    deal_id, _, link = feedback.invite()
    breakable_mongo.kill()
    try:
        with ThreadPoolExecutor() as people:
            opened = people.submit(feedback.client.get, link, timeout=60)
            sent = people.submit(feedback.client.post, link, data={"score": "9"}, timeout=60)
        for page in (opened.result(), sent.result()):
            assert page.status_code == 503
            assert page.headers["retry-after"] == "60"
            assert PAGE.unavailable.text in page.text
    finally:
        breakable_mongo.start()
    eventually(lambda: feedback.client.post(link, data={"score": "9"}, timeout=60).status_code == 200, "the answer is taken")
    feedback.await_event(deal_id, "SurveyEnded")
    assert feedback.kinds(deal_id).count("FeedbackCollected") == 1
    assert link.rpartition("/")[2] not in feedback.log.read_text()
