"""A command whose token is no good: it is refused as that, whatever lane it comes in on, and when its letter is tried again."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import headers as names
from chassis.crashes import KILLS, Suspicion
from chassis.deciding import Kind, decide
from chassis.deployment import Deployment
from chassis.outbox import Publication, unbundled
from chassis.redrive import redrive
from contracts.deals import OpenDeal
from contracts.topics import DEALS
from tests.chassis.counting import Bench
from tests.chassis.given import ACCOUNT, Value, a_deployment, a_workspace, published

BODY = OpenDeal(deal_id="deal-1", account=ACCOUNT, owner_id="colleague-3").model_dump_json().encode()


def _came_in(partition: int, **more: bytes) -> Value:
    """The command with a token that proves nothing, as it stands on that partition."""
    envelope = {"ce_id": b"m-1", "ce_source": b"/elsewhere", "ce_type": OpenDeal.wire_type().encode(), names.AUTHORIZATION: b"Bearer x"}
    timestamp = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
    return Value(partition=partition, timestamp=timestamp, value=BODY, headers=[*{**envelope, **more}.items()])


def _decided(deployment: Deployment, record: Value) -> tuple[Kind, list[Publication]]:
    (m,) = deployment.reader().read(record)
    workspace = a_workspace(deployment)
    page = workspace.page(record.partition, [m])
    return decide(workspace, page, m).kind, published(page)


def _refused_as(records: list[Publication]) -> Any:
    (record,) = records
    return json.loads(record.value or b"")


def test_a_bad_token_is_refused_alike_on_the_right_lane_and_on_a_wrong_one() -> None:
    """Guarantee: a command that is forwarded is not decided as if it had come without a token; the token itself is not passed on."""
    deployment = a_deployment()
    lane = deployment.lane_of("deal-1")
    kind, here = _decided(deployment, _came_in(lane))
    assert kind is Kind.REFUSED
    assert _refused_as(here)["code"] == "unauthorized"
    kind, (forwarded,) = _decided(deployment, _came_in((lane + 1) % 12))
    assert kind is Kind.FORWARDED
    assert names.AUTHORIZATION not in dict(forwarded.headers)
    again = Value(DEALS.private.name(), forwarded.partition, key=forwarded.key, value=forwarded.value, headers=forwarded.headers)
    kind, there = _decided(deployment, again)
    assert kind is Kind.REFUSED
    assert _refused_as(there) == _refused_as(here)


def test_a_refusal_that_a_stranger_writes_into_the_headers_is_not_believed() -> None:
    """Only the private topic may say that a token was no good."""
    deployment = a_deployment()
    stranger = _came_in(deployment.lane_of("deal-1"), **{names.REFUSAL: b'["unauthorized", "so they say"]'})
    stranger.headers = [pair for pair in stranger.headers if pair[0] != names.AUTHORIZATION]
    assert _decided(deployment, stranger)[0] is Kind.CHANGED


@pytest.mark.integration
async def test_a_letter_of_a_command_with_a_bad_token_is_refused_when_it_is_tried_again(bench: Bench) -> None:
    """Guarantee: letters keep no token, and yet a redrive does not take a command that its token would have had refused."""
    record = bench.count(headers=[(names.AUTHORIZATION, b"Bearer x")])
    part = bench.lane.parts[record.topic]
    part.suspicion = Suspicion(record.offset, record.offset + 1, KILLS, guilty=record.offset)
    await bench.take(record)
    part.suspicion = None
    await redrive(bench.committer, {}, "operator-1")
    await bench.take(*await bench.take_outbox())
    assert await bench.counted() == 0
    (event,) = [record for document in await bench.db.outbox.find().to_list(None) for record in unbundled(document["records"])]
    assert json.loads(event.value or b"")["text"] == "unauthorized"
    assert (await bench.db.dead_letters.find_one())["status"] == "redriven"
