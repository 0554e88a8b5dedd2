"""The policy file: what the default says, and that a mistake is named by its line."""

from datetime import timedelta
from pathlib import Path

import pytest

import services.feedback
from chassis.policy import PolicyError, load_policy
from services.feedback.policy import FeedbackPolicy
from tests.services.feedback.given import NPS

DEFAULT = Path(services.feedback.__file__).with_name("policy.yaml")


@pytest.mark.requirement("R73")
def test_by_default_the_first_survey_comes_at_day_15_to_20_or_30_to_45_with_one_reminder_after_5_days_and_a_throttle_of_30() -> None:
    assert timedelta(days=15) <= NPS.wait(days_from_win=10) <= timedelta(days=20)
    assert timedelta(days=30) <= NPS.wait(days_from_win=90) <= timedelta(days=45)
    assert (NPS.remind_after, NPS.throttle) == (timedelta(days=5), timedelta(days=30))


@pytest.mark.parametrize(
    ("was", "is_", "complaint"),
    [
        ("first_after: 15d", "first_after: soon", "nps.first_after: a duration is a number and a unit"),
        ("first_after: 15d", "first_after: 0s", "nps.first_after"),
        ("remind_after: 5d", "remind_after: 30d", "remind_after must be shorter than open_for"),
        ("most_respondents: 3", "most_respondents: 0", "nps.most_respondents"),
        ("confidence_level: 0.95", "confidence_level: 95", "nps.confidence_level"),
        ("language: en", "language: english language", "page.language"),
        ("  send: Send answer", "  sent: Send answer", "page.sent"),
        ("throttle: 30d", "throttle: 30d\n  throttel: 30d", "nps.throttel"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_its_line(was: str, is_: str, complaint: str, tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert was in text
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(was, is_, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_policy(file, FeedbackPolicy)
    assert complaint in str(refused.value)
    assert f"{file}:" in str(refused.value)


def test_long_onboarding_and_a_throttle_can_be_left_out(tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8").replace("throttle: 30d", "throttle: 0s")
    head, _, rest = text.partition("  long_onboarding:")
    file = tmp_path / "policy.yaml"
    file.write_text(head + rest[rest.index("  # Whom to ask") :], encoding="utf-8")
    policy = load_policy(file, FeedbackPolicy)
    assert policy.nps.wait(days_from_win=500) == policy.nps.first_after
    assert not policy.nps.throttle
