"""What can be followed: trace context from a request into the messages that follow from it, and log lines with the ids of messages."""

import logging
from typing import Any

import pytest
import structlog

from chassis.commit import LOGGER, log_outcomes
from chassis.deciding import Kind, Outcome
from chassis.decision import Actor
from chassis.incoming import Death, Incoming, Origin, Reason
from chassis.line import on
from chassis.reading import from_request
from chassis.tracing import REQUEST, child_of
from contracts.deals import ConfirmLegal
from contracts.topics import DEALS
from tests.chassis.given import TALLY, Value, count

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_message_is_a_child_of_its_cause_in_the_same_trace() -> None:
    child = child_of(PARENT, "message-1")
    assert child is not None
    version, trace, parent, flags = child.split("-")
    assert (version, trace, flags) == ("00", "0af7651916cd43dd8448eb211c80319c", "01")
    assert parent not in ("b7ad6b7169203331", "0" * 16)
    assert child == child_of(PARENT, "message-1")


@pytest.mark.parametrize("strange", [None, "", "nonsense", PARENT.upper(), PARENT[:-1]])
def test_a_trace_context_that_is_none_is_not_carried_on(strange: str | None) -> None:
    assert child_of(strange, "message-1") is None


def test_a_command_over_http_belongs_to_the_trace_of_its_request() -> None:
    mark = REQUEST.set(PARENT)
    try:
        line = on(DEALS.commands, ConfirmLegal, count, TALLY)
        m = from_request(line, ConfirmLegal(deal_id="deal-1"), Actor("colleague-1"), "id-1", "/http", b"{}", lambda key: 0)
    finally:
        REQUEST.reset(mark)
    assert m.traceparent == PARENT


def test_a_dead_letter_is_logged_with_its_ids_and_place_and_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    """Guarantee: whoever reads the logs finds the message by its id and by that of the message that began it all; content stays out."""
    record: Any = Value(value=b'{"secret": "words"}')
    m = Incoming(Origin("baton.deals.commands", 3, 17, 0), record, type="deals.OpenDeal.v1", id="id-1", correlation="id-0")
    caplog.set_level(logging.WARNING, LOGGER)
    with structlog.testing.capture_logs() as lines:
        log_outcomes([m], [Outcome(Kind.DEAD, death=Death(Reason.INVALID, "value: words"))])
    (line,) = lines
    assert (line["message_id"], line["correlation_id"], line["reason"]) == ("id-1", "id-0", "invalid")
    assert (line["topic"], line["partition"], line["offset"]) == ("baton.deals.commands", 3, 17)
    assert "words" not in str(line)
