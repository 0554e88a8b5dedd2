"""What the HTTP side promises about repeats, sizes and logs, on the real app and the real database."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import APIRouter
from pymongo.errors import AutoReconnect

from chassis.bootstrap import make_collections
from chassis.http import bulk
from chassis.http.app import create_app
from chassis.http.bulk import LIMIT
from chassis.runtime import Runtime
from chassis.tokens import issue
from stack.addresses import Addresses
from tests.chassis.counting import KEY, SECRET, Count, deployed

pytestmark = pytest.mark.integration
TOKEN = {"Authorization": f"Bearer {issue(KEY, 'colleague-1', ['operator'], 'baton', timedelta(hours=1))}"}
DEEP = b"[" * 100_000


@pytest.fixture
async def client(stack_under_test: Addresses, prefix: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The counting service over HTTP; nothing is consumed."""
    deployment = deployed(stack_under_test, prefix, tmp_path)
    router: APIRouter = deployment.service.routers[0]
    bulk(router, "POST /bulk", (Count,))

    @router.get("/secret/{link}")
    async def broken(link: str) -> None:
        raise AutoReconnect("no primary")

    @router.get("/fault")
    async def fault() -> None:
        raise KeyError(SECRET)

    runtime = Runtime(deployment)
    await make_collections(runtime.db, deployment.service, deployment.settings)
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://counting") as made:
        yield made
    await runtime.client.close()


async def _bulk(client: httpx.AsyncClient, *lines: dict[str, Any] | bytes, key: str = "key-1") -> list[dict[str, Any]]:
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps({"type": "Count", **line}).encode() for line in lines)
    answer = await client.post("/bulk", content=body, headers={**TOKEN, "Idempotency-Key": key})
    return [json.loads(line) for line in answer.content.splitlines()]


async def test_a_command_that_could_not_be_decided_is_not_reported_as_taken_when_it_is_repeated(client: httpx.AsyncClient) -> None:
    """Guarantee: 2xx means taken. A failure changes nothing and is not remembered under the idempotency key."""
    for _ in range(2):
        answer = await client.post("/counters/deal-1", json={"how": "fails"}, headers={**TOKEN, "Idempotency-Key": "key-1"})
        assert answer.status_code == 500, answer.text


async def test_a_bulk_line_with_other_content_under_the_same_key_is_not_answered_with_the_old_line(client: httpx.AsyncClient) -> None:
    """Guarantee: another body under the same idempotency key is refused, line by line; it is never passed off as taken."""
    assert [line["outcome"] for line in await _bulk(client, {"deal_id": "deal-1"})] == ["changed"]
    assert [line["outcome"] for line in await _bulk(client, {"deal_id": "deal-1"})] == ["changed"]
    (answer,) = await _bulk(client, {"deal_id": "deal-2"})
    assert answer["code"] == "idempotency_key_reused"


async def test_a_bulk_line_nested_too_deeply_harms_no_other(client: httpx.AsyncClient) -> None:
    """Guarantee: one bad line harms no other, even one that the JSON parser cannot descend into."""
    answers = await _bulk(client, DEEP, {"deal_id": "deal-1"})
    assert [line["outcome"] for line in answers] == ["invalid", "changed"]


async def test_a_body_nested_too_deeply_is_the_callers_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counters/deal-1", content=DEEP, headers=TOKEN)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_json")


@pytest.mark.parametrize("path", ["/counters/deal-1", "/dead-letters/redrive", "/bulk"])
async def test_a_body_is_cut_off_at_the_limit_whoever_sends_it(client: httpx.AsyncClient, path: str) -> None:
    """Guarantee: no caller, with a token or without, makes a service hold more of a request than the limit."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken <= 2 * LIMIT:
            taken += 1 << 20
            yield b" " * (1 << 20)

    answer = await client.post(path, content=endless(), headers=TOKEN)
    assert answer.status_code == 413
    assert taken <= LIMIT + (2 << 20)


async def test_an_idempotency_key_that_no_header_should_carry_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counters/deal-1", json={}, headers={**TOKEN, "Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


async def test_an_outage_is_logged_by_route_and_not_by_path(client: httpx.AsyncClient) -> None:
    """Guarantee: a signed link, which stands in a path, is in no log."""
    with structlog.testing.capture_logs() as logged:
        assert (await client.get("/secret/a-signed-link")).status_code == 503
    assert logged
    assert "a-signed-link" not in json.dumps(logged, default=str)


async def test_a_fault_is_logged_by_its_place_and_quotes_nothing(client: httpx.AsyncClient) -> None:
    """Guarantee: an error's words, which may be a person's, are in no log and no answer; uvicorn, which would log them, never sees it."""
    with structlog.testing.capture_logs() as logged:
        answer = await client.get("/fault")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    text = json.dumps(logged, default=str)
    assert "test_http_limits.py" in text
    assert SECRET not in text
    assert SECRET not in answer.text
