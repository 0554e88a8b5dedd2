"""The feedback service as a process, and what leads to an invitation."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

import services.feedback
from chassis.sealing import new_key, unseal
from contracts.onboarding import HandoverCompleted
from contracts.people import CustomerPersonRecorded
from contracts.values import ContactRef, SealedText
from services.feedback.app import SERVICE
from tests.delivery.waiting import eventually
from tests.services.service_process import ServiceProcess

SHIPPED = Path(services.feedback.__file__).with_name("policy.yaml")
AT_ONCE = {"first_after: 15d": "first_after: 0.1s"}
"""Invitations go out at once; all else is as shipped, so that nobody is reminded while the tests run."""


class Feedback(ServiceProcess):
    """A running feedback service. A CSM asks where a test does not say otherwise."""

    service = SERVICE
    person, roles = "carla", ("csm",)

    def customer(self) -> CustomerPersonRecorded:
        """A new person of the customer's; no record of them is published yet."""
        person_id = f"person-{uuid.uuid4().hex[:8]}"
        return CustomerPersonRecorded(person_id=person_id, name="Ada Lovelace", email="ada@example.com", sealing_key=new_key())

    def complete(self, *people: CustomerPersonRecorded, account_id: str = "acme", cycle: int = 1, deal_id: str | None = None) -> str:
        """A handover is complete, with these people as champions; the deal's id."""
        deal_id = deal_id or f"deal-{uuid.uuid4().hex[:8]}"
        contacts = tuple(ContactRef(person_id=person.person_id, role="champion") for person in people)
        self.publish(
            HandoverCompleted(
                deal_id=deal_id,
                account_id=account_id,
                account_name="Acme Corporation",
                cycle=cycle,
                completed_on=datetime.now(UTC).date(),
                contacts=contacts,
                days_from_win=20,
            )
        )
        return deal_id

    def invite(self, **more: Any) -> tuple[str, CustomerPersonRecorded, str]:
        """A deal, a person who was invited, and the link that only they can open."""
        person = self.customer()
        self.publish(person)
        deal_id = self.complete(person, **more)
        return deal_id, person, self.link(deal_id, person)

    def link(self, deal_id: str, person: CustomerPersonRecorded, count: int = 1) -> str:
        """The link of the latest invitation, once there are so many."""
        event = self.await_event(deal_id, "SurveyInvited", count)
        link = unseal(person, SealedText.model_validate(event["data"]["link"]))
        assert link is not None
        return link

    def send(self, link: str, **fields: str) -> httpx.Response:
        """Send the page's form as a browser does."""
        return self.client.post(link, data=fields)

    def await_state(self, deal_id: str, state: str) -> Any:
        """The deal's survey, once it is in this state."""

        def found() -> Any:
            page = self.get(f"/surveys?state={state}&limit=500")
            return next((survey for survey in page["items"] if survey["deal_id"] == deal_id), None)

        return eventually(found, f"the survey of {deal_id} is {state}")


def in_days(days: int) -> str:
    """A moment so many days from now, as a query takes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
