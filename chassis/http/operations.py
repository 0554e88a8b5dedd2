"""What operators ask every service: health, metrics, the state of delivery, and the documents of its interfaces."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from chassis.adopting import adopt
from chassis.http.callers import Caller, Database, Operator, Running
from chassis.http.problems import Problem
from contracts.asyncapi import Use
from contracts.asyncapi import document as asyncapi
from contracts.message import Event
from contracts.registry import every_message

router = APIRouter(tags=["operations"])


@router.get("/health/live", summary="Whether the process answers")
async def live() -> dict[str, str]:
    """Always the same: an outage elsewhere is no reason to restart."""
    return {"status": "live"}


@router.get("/health/ready", summary="Whether it consumes, reaches the database and publishes")
async def ready(runtime: Running) -> Response:
    """200, or 503 with the reasons."""
    reasons = runtime.health.reasons()
    return JSONResponse({"status": "not ready" if reasons else "ready", "reasons": reasons}, 503 if reasons else 200)


@router.get("/metrics", summary="Measures for Prometheus")
async def metrics(runtime: Running, caller: Caller) -> Response:
    """The text format."""
    return Response(runtime.metrics.render(), media_type="text/plain; version=0.0.4")


@router.get("/openapi.json", summary="This service's HTTP interface", include_in_schema=False)
async def openapi(request: Request, caller: Caller) -> dict[str, Any]:
    """OpenAPI 3.1."""
    document: dict[str, Any] = request.app.openapi()
    return document


@router.get("/asyncapi.json", summary="This service's messages")
async def messages(runtime: Running, caller: Caller) -> dict[str, Any]:
    """AsyncAPI 3.0."""
    service, settings = runtime.deployment.service, runtime.settings
    received = [Use(line.topic, (line.message,), "receive") for line in service.lines if line.topic]
    own = service.topics.all()
    sent = [Use(message.topic, (message,), "send") for message in every_message() if message.topic in own and issubclass(message, Event)]
    return asyncapi(f"Baton {service.name}", "1", [*received, *sent], prefix=settings.prefix, partitions=settings.partitions)


@router.get("/delivery", summary="What still waits here")
async def delivery(runtime: Running, database: Database, caller: Caller) -> dict[str, Any]:
    """Counts over the whole service; lanes of this instance only. Timers still to come are not unsettled."""
    lanes = [
        {
            "lane": lane.number,
            "waiting": len(lane.queue),
            "in_flight": lane.busy,
            "failures": lane.failures,
            "trouble": lane.trouble,
            "stopped": {topic: part.stopped for topic, part in lane.parts.items() if part.stopped},
        }
        for lane in runtime.holding.lanes.values()
    ]
    now = (await database.command("hello", codec_options=database.codec_options))["localTime"]
    return {
        "outbox": await database.outbox.count_documents({}),
        "timers_due": await database.timers.count_documents({"due_at": {"$lte": now}}),
        "timers": await database.timers.estimated_document_count(),
        "dead_letters_open": await database.dead_letters.count_documents({"status": {"$in": ["open", "redriving"]}}),
        "parked": await database.parked.count_documents({}),
        "held": runtime.holding.numbers,
        "lanes": lanes,
    }


class Adoption(BaseModel):
    """A stopped partition, and where to go on reading it. `place`: beginning or end of the log as it is now."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    partition: int
    place: Literal["beginning", "end"]


@router.post("/partitions/adopt", summary="Take a log for the right one after a partition stopped")
async def adopt_partition(adoption: Adoption, runtime: Running, database: Database, caller: Operator) -> dict[str, Any]:
    """Whoever holds the partition opens it within seconds."""
    if (done := await adopt(runtime.deployment, database, adoption.topic, adoption.partition, adoption.place, caller.id)) is None:
        raise Problem(404, "unknown", f"this service has no fence for {adoption.topic} partition {adoption.partition}")
    return done
