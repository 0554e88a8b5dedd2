"""The deals service as a process, and the people it knows."""

import uuid
from functools import partial

from chassis.sealing import new_key
from contracts.people import ColleagueRecorded
from services.deals.app import SERVICE
from tests.delivery.waiting import eventually
from tests.services.service_process import ServiceProcess


class Deals(ServiceProcess):
    """A running deals service. A sales rep speaks where a test does not say otherwise."""

    service = SERVICE
    person, roles = "rep", ("sales_rep",)

    def know(self, *people: str) -> None:
        """Record colleagues on the directory's topic, and wait until this service has the copies."""
        self.publish(*(ColleagueRecorded(person_id=name, name=name.title(), roles=(), sealing_key=new_key()) for name in people))
        deal = f"probe-{uuid.uuid4().hex}"
        opened = {"deal_id": deal, "account": {"account_id": "probe", "name": "Probe"}, "owner_id": "rep"}
        assert self.call("POST", "/deals", json=opened).status_code == 200
        for name in people:
            eventually(partial(self._speaks, name, deal), f"a copy of {name}")

    def _speaks(self, name: str, deal: str) -> bool:
        return self.call("PUT", f"/deals/{deal}/buying-reason", name, "operator", json={"buying_reason": "probe"}).status_code == 200
