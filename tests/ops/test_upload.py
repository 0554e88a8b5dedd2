"""Sending rows in bulk over HTTP: repeated until answered for, in order, under the same key."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ops.asking import Asking
from ops.errors import OpsError
from ops.importing.rows import Row
from ops.importing.upload import CHUNK, Upload
from tests.ops.export import rows_of

Respond = Callable[[httpx.Request], httpx.Response]


def an_upload(respond: Respond) -> Upload:
    return Upload(Asking("deals", httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://deals")))


def changed(request: httpx.Request) -> httpx.Response:
    lines = request.content.splitlines()
    return httpx.Response(200, text="".join(json.dumps({"line": n, "outcome": "changed"}) + "\n" for n, _ in enumerate(lines, 1)))


def some_rows(folder: Path, count: int) -> list[Row]:
    return rows_of(folder, *(f"D{n},Ada Lind,Ledger,Acme,Prospecting,,," for n in range(count)))


async def sent(upload: Upload, rows: list[Row]) -> list[str]:
    return [row.deal_id async for row, answer in upload.send_all((row, None) for row in rows) if answer["outcome"] == "changed"]


async def test_rows_come_back_in_order_with_their_answers(tmp_path: Path) -> None:
    rows = some_rows(tmp_path, 2 * CHUNK + 1)
    assert await sent(an_upload(changed), rows) == [row.deal_id for row in rows]


async def test_what_is_known_without_asking_is_passed_through_in_its_place(tmp_path: Path) -> None:
    rows = some_rows(tmp_path, 3)
    upload = an_upload(changed)
    asked = [(rows[0], None), (rows[1], {"outcome": "nothing"}), (rows[2], None)]
    assert [answer["outcome"] async for _, answer in upload.send_all(iter(asked))] == ["changed", "nothing", "changed"]


@pytest.mark.requirement("D2")
async def test_a_request_is_repeated_with_the_same_key_and_content_while_the_service_is_away(tmp_path: Path) -> None:
    """A service killed and started again in the middle of an import takes every row once."""
    seen: list[tuple[str, bytes]] = []

    def flaky(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Idempotency-Key"], request.content))
        if len(seen) == 1:
            raise httpx.ReadError("connection lost")
        if len(seen) == 2:
            return httpx.Response(503)
        if len(seen) == 3:
            return httpx.Response(200, text='{"line":1,"outcome":"unavailable"}\n')
        return changed(request) if len(seen) > 4 else httpx.Response(200, text="")

    assert await sent(an_upload(flaky), some_rows(tmp_path, 1)) == ["D0"]
    assert len(seen) == 5
    assert len(set(seen)) == 1


async def test_two_requests_never_share_a_key(tmp_path: Path) -> None:
    keys = Counter[str]()

    def count(request: httpx.Request) -> httpx.Response:
        keys[request.headers["Idempotency-Key"]] += 1
        return changed(request)

    rows = some_rows(tmp_path, CHUNK + 1)
    await sent(an_upload(count), rows)
    await sent(an_upload(count), rows)
    assert len(keys) == 4


async def test_a_request_that_is_refused_as_a_whole_ends_the_import(tmp_path: Path) -> None:
    def no(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"detail": "the bearer token is not valid"})

    with pytest.raises(OpsError, match=r"deals said no \(401\): the bearer token is not valid"):
        await sent(an_upload(no), some_rows(tmp_path, 1))


async def test_the_first_waived_row_waits_until_deals_knows_the_person(tmp_path: Path) -> None:
    keys: list[str] = []

    def late(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        unknown = httpx.Response(200, text='{"line":1,"outcome":"refused","code":"person_unknown","detail":"…"}\n')
        return changed(request) if len(keys) > 2 else unknown

    (row,) = some_rows(tmp_path, 1)
    answer = await asyncio.wait_for(an_upload(late).send_one(row), 30)
    assert answer["outcome"] == "changed"
    assert len(set(keys)) == 3  # a refusal is remembered under its key: each attempt has one of its own
