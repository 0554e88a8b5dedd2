"""The onboarding service as a process, and what is asked of it."""

from typing import Any

from services.onboarding.app import SERVICE
from tests.services.service_process import ServiceProcess


class Onboarding(ServiceProcess):
    """A running onboarding service. The onboarding manager speaks where a test does not say otherwise."""

    service = SERVICE
    person, roles = "ona", ("onboarding_manager",)

    def shown(self, deal_id: str) -> Any:
        """What the query shows of a handover."""
        return self.get(f"/handovers/{deal_id}")

    def told(self, deal_id: str, kind: str, count: int = 1) -> Any:
        """What the latest event of a kind says, once there are so many."""
        return self.await_event(deal_id, kind, count)["data"]
