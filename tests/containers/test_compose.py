"""The Compose file: the whole system from one command, and one deal through it from the host."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis.tokens import OPERATOR, issue
from tests.containers.compose import SERVICES, System, composed, eventually

pytestmark = pytest.mark.compose

_CONDITIONS = ("contract", "legal", "finance", "package")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with composed(tmp_path_factory.mktemp("compose")) as system:
        yield system


@pytest.fixture(scope="module")
def token(system: System) -> str:
    return issue(system.jwt_key, "dana", [OPERATOR], "baton", timedelta(hours=1))


def test_every_service_is_ready_and_gives_nothing_away_without_a_token(system: System) -> None:
    for service in SERVICES:
        assert httpx.get(f"{system.urls[service]}/health/ready").status_code == 200
    assert httpx.get(f"{system.urls['deals']}/deals").status_code == 401


def test_one_deal_goes_from_its_opening_to_its_handover_and_the_mail_about_it(system: System, token: str) -> None:
    """A deal opened over HTTP is refused by the gate, won with waivers, opens its handover, and is told of by e-mail."""
    with (
        system.client("deals", token) as deals,
        system.client("onboarding", token) as onboarding,
        system.client("notifications", token) as notifications,
    ):
        person = {"name": "Dana Reyes", "email": "dana@example.com", "department": "finance"}
        notifications.put("/people/dana", json=person).raise_for_status()
        notifications.put("/people/dana/preferences", json={"digest_every_minutes": 0}).raise_for_status()
        deal = {"deal_id": "D-1", "account": {"account_id": "A-1", "name": "Acme"}, "owner_id": "dana"}
        deals.post("/deals", json=deal).raise_for_status()
        refused = deals.post("/deals/D-1/close", json={})
        assert (refused.status_code, {lack["condition"] for lack in refused.json()["missing"]}) == (409, set(_CONDITIONS))
        waivers = [{"condition": condition, "reason": "closed before Baton"} for condition in _CONDITIONS]
        # Refused until the record of the person who waives has come over the bus.
        eventually(lambda: deals.post("/deals/D-1/close", json={"waivers": waivers}).is_success, "the win")
        assert deals.get("/deals/D-1").json()["outcome"] == "won"
        handover = eventually(lambda: _found(onboarding, "/handovers/D-1"), "the handover")
        assert handover["deal_id"] == "D-1"
        mails = eventually(lambda: _mails(system, "dana@example.com"), "the mail about the win")
        assert "Acme" in mails[0]["subject"] + mails[0]["text"]


def _mails(system: System, to: str) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = httpx.get(f"{system.urls['mail']}/messages", params={"to": to}).json()
    return mails


def _found(client: httpx.Client, path: str) -> dict[str, Any] | None:
    answer = client.get(path)
    return answer.json() if answer.is_success else None
