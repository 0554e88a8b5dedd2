"""The policy and the settings: the shipped ones hold what is promised, and a wrong one is refused by name and line."""

from pathlib import Path

import pytest
import yaml

import services.notifications
from chassis.policy import PolicyError, load_policy
from chassis.settings import SettingsError, load_settings
from services.notifications.domain import Kind
from services.notifications.policy import NotificationsPolicy
from services.notifications.settings import NotificationsSettings
from tests.services.notifications.given import NINE, POLICY

TEXT = Path(services.notifications.__file__).with_name("policy.yaml").read_text(encoding="utf-8")


@pytest.mark.requirement("R64")
def test_the_shipped_policy_tells_the_nine_departments_of_a_win_and_knows_their_mailboxes() -> None:
    assert set(POLICY.wins) == set(NINE)
    assert set(NINE) <= POLICY.mailboxes.keys()


def test_the_shipped_policy_lets_unhappy_customers_pass_through_digests() -> None:
    assert {Kind.DETRACTOR_RAISED, Kind.FOLLOW_UP_OPENED} <= POLICY.critical


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("colleagues_at_most: 10", "colleagues_at_most: 0", "colleagues_at_most"),
        ("[account, sector, product]", "[account, shoe_size, product]", "wins.product.facts.1"),
        ("digest_every: 1h", "digest_every: soon", "colleague.digest_every"),
        ("keep_for: 180d", "keep_for: 1h", "keep_for"),
        ("csm: customer_success", "csm: nursery", "csm belongs to nursery, which has no mailbox"),
        ("critical: [detractor_raised", "critical: [weather_changed", "critical"),
        ("digest_items: 50", "digest_itmes: 50", "digest_itmes"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_place(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    path = tmp_path / "policy.yaml"
    assert before in TEXT
    path.write_text(TEXT.replace(before, after), encoding="utf-8")
    with pytest.raises(PolicyError, match=complaint.replace(".", r"\.")) as refused:
        load_policy(path, NotificationsPolicy)
    assert str(refused.value).startswith(f"{path}:")


def test_the_shipped_policy_says_nothing_twice() -> None:
    assert yaml.safe_load(TEXT).keys() == NotificationsPolicy.model_fields.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATON_MAIL_FROM", "nobody"),
        ("BATON_SMTP_STARTTLS", "maybe"),
        ("BATON_MAIL_LEASE", "10"),
        ("BATON_SMTP_TIMEOUT", "-1"),
        ("BATON_SMTP_PASSWORD", "secret"),
        ("BATON_SMTP_PORT", "0"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        load_settings(NotificationsSettings)
    assert "secret" not in str(refused.value)
