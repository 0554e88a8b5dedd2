"""Timers as the database keeps them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.decision import Timer
from chassis.incoming import Incoming, Origin
from chassis.timer_documents import timer_document
from contracts.onboarding import KickoffBookingDue

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have no zone


@given(MOMENTS)
def test_a_timer_is_never_due_before_its_time(moment: datetime) -> None:
    """Guarantee: the database keeps milliseconds, and rounding them never lets a deadline pass early."""
    cause = Incoming(Origin("topic", 0, 0, 0), key="d", id="1", correlation="1")
    timer = Timer("booking", KickoffBookingDue(deal_id="d", cycle=1, due_at=moment), moment)
    due_at = timer_document(cause, "handovers", 3, timer, 1)["due_at"]
    assert timedelta(0) <= due_at - moment < timedelta(milliseconds=1)
    assert due_at.microsecond % 1000 == 0
