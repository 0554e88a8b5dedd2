"""Live inboxes over server-sent events: what comes in is seen at once, and a reader who was away misses nothing."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from contracts.notifications import AssignAccountTeam
from tests.delivery.waiting import eventually
from tests.services.notifications.given import a_step
from tests.services.notifications.running import Notifications

pytestmark = [pytest.mark.integration, pytest.mark.requirement("N1")]
DEADLINE = 20.0


@dataclass
class Seen:
    """One server-sent event, or a comment where it has no name."""

    name: str
    id: str
    data: Any


class Stream:
    """The events of one open inbox."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self, *names: str) -> Seen:
        """The next event with one of the names."""
        async with asyncio.timeout(DEADLINE):
            while True:
                seen = await self._event()
                if seen.name in names:
                    return seen

    async def _event(self) -> Seen:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                break
            name, _, value = line.partition(": ")
            fields[name] = value
        return Seen(fields.get("event", ""), fields.get("id", ""), json.loads(fields.get("data", "null")))


@asynccontextmanager
async def listening(service: Notifications, person: str, after: str | None = None, of: str | None = None) -> AsyncIterator[Stream]:
    """The person's inbox, followed."""
    headers = service.headers(person, *(("operator",) if of else ())) | ({"Last-Event-ID": after} if after else {})
    async with (
        httpx.AsyncClient(timeout=DEADLINE) as client,
        client.stream("GET", f"{service.url}/inbox/stream", headers=headers, params={"of": of} if of else {}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.aiter_lines())


@pytest.fixture
def cory(service: Notifications) -> str:
    """A colleague who is the CSM of an account of the same id."""
    name = f"cory-{uuid.uuid4().hex[:8]}"
    service.record(name, roles=["csm"])
    service.publish(AssignAccountTeam(account_id=name, members={"csm": (name,)}))
    eventually(lambda: service.call("GET", f"/accounts/{name}/team").status_code == 200, "the team is known")
    return name


def step_of(cory: str, deal: str) -> Any:
    """A step of which the CSM of the account is informed."""
    return a_step(deal_id=deal, account_id=cory, informed=("csm",))


async def test_a_notification_is_seen_while_it_comes_in_and_so_is_its_being_read(service: Notifications, cory: str) -> None:
    async with listening(service, cory) as stream:
        await stream.next("ready")
        service.publish(step_of(cory, "deal-live"))
        came = await stream.next("notification")
        assert (came.data["about"], came.data["read_at"], came.data["recipient"]) == ("deal-live", None, cory)
        service.call("POST", "/inbox/read", cory, json={})
        read = await stream.next("read")
        assert read.data["id"] == came.data["id"]


async def test_a_reader_who_was_away_gets_what_they_missed_in_order_and_once(service: Notifications, cory: str) -> None:
    """Last-Event-ID: what came in between is sent first; nothing is lost and nothing is sent twice."""
    async with listening(service, cory) as stream:
        await stream.next("ready")
        service.publish(step_of(cory, "deal-1"))
        last = await stream.next("notification")
    service.publish(*[step_of(cory, f"missed-{number}") for number in range(5)])
    eventually(lambda: service.get("/inbox", cory)["unread"] == 6, "they are in the inbox")
    async with listening(service, cory, after=last.id) as stream:
        missed = [await stream.next("notification") for _ in range(5)]
        service.publish(step_of(cory, "deal-2"))
        after = await stream.next("notification")
    assert {seen.data["about"] for seen in missed} == {f"missed-{number}" for number in range(5)}
    assert [seen.id for seen in missed] == sorted(seen.id for seen in missed)
    assert after.data["about"] == "deal-2"


async def test_a_stream_goes_on_across_a_restart_of_the_service(service: Notifications, cory: str) -> None:
    """Ids outlive the process: a client that reconnects to the next one misses nothing."""
    async with listening(service, cory) as stream:
        ready = await stream.next("ready")
    service.kill()
    service.publish(step_of(cory, "while-down"))
    service.start()
    async with listening(service, cory, after=ready.id) as stream:
        assert (await stream.next("notification")).data["about"] == "while-down"


async def test_an_id_that_is_none_makes_the_reader_start_over(service: Notifications, cory: str) -> None:
    async with listening(service, cory, after="yesterday") as stream:
        reset = await stream.next("reset", "ready")
        assert reset.name == "reset"
        assert (await stream.next("ready")).id == reset.id


async def test_nobody_sees_anothers_notifications(service: Notifications, cory: str) -> None:
    async with listening(service, f"other-{cory}") as other, listening(service, cory) as own:
        await other.next("ready")
        await own.next("ready")
        service.publish(step_of(cory, "deal-1"))
        await own.next("notification")
        assert (await other.next("notification", "")).name == ""  # a heartbeat
    answer = service.call("GET", "/inbox/stream?of=department:legal", cory, "csm")
    assert answer.status_code == 403


async def test_a_departments_inbox_is_followed_by_those_who_may_read_it(service: Notifications) -> None:
    async with listening(service, "ops", of="department:customer_success") as stream:
        await stream.next("ready")
        service.publish(a_step(deal_id="deal-1", account_id=f"nobody-{uuid.uuid4().hex}", informed=("cs_executive",)))
        assert (await stream.next("notification")).data["recipient"] == "department:customer_success"
