"""Settings from the environment: a wrong one is refused at the start, by name."""

import pytest

from chassis.settings import Settings, SettingsError, load_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATON_PARTITIONS", "0"),
        ("BATON_PREFIX", "Not A Prefix"),
        ("BATON_JWT_KEY", "short"),
        ("BATON_INBOX_DAYS", "3"),
        ("BATON_SESSION_TIMEOUT", "soon"),
        ("BATON_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load_settings(Settings)


def test_ids_are_remembered_for_longer_than_any_topic_keeps_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven days of retention: an inbox that forgets earlier would take a redelivery for news."""
    monkeypatch.setenv("BATON_INBOX_DAYS", "7")
    with pytest.raises(SettingsError):
        load_settings(Settings)
