"""Health: alive if the process answers; ready if it polls, reaches the database, works on its lanes and publishes."""

import asyncio
import time

import structlog
from pymongo.errors import PyMongoError

from chassis.holding import Holding
from chassis.mongo import Client
from chassis.relay import Relay

log = structlog.get_logger("baton.health")
LOOK = 2.0
"""Seconds between two looks at the database."""
LOOK_TIMEOUT = 5.0
"""Seconds after which a look counts as an outage."""
TROUBLED = 6
"""Failures in a row of one lane that count as trouble rather than as a passing conflict."""


class Health:
    """What stands in the way of being ready. An outage makes a service unready; it never asks to be restarted."""

    def __init__(self, holding: Holding, relay: Relay, client: Client) -> None:
        self._holding, self._relay, self._client = holding, relay, client
        self._database: str | None = "the database was not reached yet"
        self.broker: str | None = "the broker was not reached yet"
        self._oldest: float | None = None
        self.assigned = False

    async def run(self) -> None:
        """Look at the database and the outbox for the life of the process."""
        while True:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT):
                    await self._look()
                self._database = None
            except (PyMongoError, TimeoutError) as error:
                self._database = f"the database does not answer: {type(error).__name__}"
            await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        await self._client.admin.command("ping")
        here = {"lane": {"$in": self._holding.numbers}}
        oldest = await self._holding.database.outbox.find_one(here, {"position": 1}, sort=[("position", 1)])
        self._oldest = oldest["position"] / 1e6 if oldest else None

    def reasons(self) -> list[str]:
        """Why the service is not ready, each in a sentence; empty when it is."""
        settings = self._holding.deployment.settings
        reasons = [reason for reason in (self._database, self.broker) if reason]
        age = time.monotonic() - self._holding.polled_at
        if age > settings.unready_after:
            reasons.append(f"the last poll was {age:.0f} s ago")
        if not self.assigned and not self._holding.parts:
            reasons.append("no partitions were assigned yet")
        if missing := self._holding.missing():
            reasons.append(f"no partition of {', '.join(missing)} is assigned: recreated, or never made")
        for part in list(self._holding.parts.values()):
            if part.stopped:
                reasons.append(f"{part.fence} is stopped: {part.stopped}")
        if taking_up := sum(not part.open and not part.stopped for part in self._holding.parts.values()):
            reasons.append(f"{taking_up} partitions are being taken up")
        for lane in list(self._holding.lanes.values()):
            if lane.failures >= TROUBLED:
                reasons.append(f"lane {lane.number} has failed {lane.failures} times in a row: {lane.trouble}")
        if self._oldest and time.time() - self._oldest > settings.unready_after:
            reasons.append(f"the oldest message to be published waits for {time.time() - self._oldest:.0f} s")
        if self._relay.parked:
            reasons.append(f"{len(self._relay.parked)} aggregates have records that the broker will never take")
        if self._holding.parts:
            self.assigned = True
        return reasons
