"""What tests of notifications start from: the default policy, a directory, and events of a deal's journey."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import services.notifications
from chassis.context import Context
from chassis.decision import Decision
from chassis.policy import load_policy
from chassis.sealing import seal
from contracts.deals import Account, Condition, Confirmation, ContractTerms, DealClosedWon, TeamMember, Waiver
from contracts.feedback import SurveyInvited
from contracts.notifications import Audience, NotifyRecipient, SendEmail, Substance
from contracts.onboarding import StepCompleted
from contracts.values import ContactRef, Money
from services.notifications.domain import Directory, Email, Recipient
from services.notifications.policy import NotificationsPolicy
from tests.deciding import NOW, a_context, a_person

POLICY = load_policy(Path(services.notifications.__file__).with_name("policy.yaml"), NotificationsPolicy)
NINE = (
    "account_management",
    "customer_success",
    "finance",
    "legal",
    "product",
    "marketing",
    "professional_services",
    "hosting",
    "operations",
)
"""The departments of R64."""
CARLA = a_person("carla", "Carla Customer", "carla@acme.example")
DANA = a_person("dana", "Dana Reyes", "dana@baton.example")
LINK = "https://baton.example/answer/abc.def"


def surroundings(directory: Directory | None = None, policy: NotificationsPolicy = POLICY, **more: Any) -> Context[NotificationsPolicy]:
    """The surroundings of a decision; an empty directory where none is given."""
    return a_context(policy, reference=directory or Directory(), **more)


def policy_with(**changed: Any) -> NotificationsPolicy:
    """The default policy, with some of it changed."""
    return POLICY.model_copy(update=changed)


def a_win(**fields: Any) -> DealClosedWon:
    """A deal of Acme's, won with everything that a win can say."""
    first: dict[str, Any] = {
        "deal_id": "deal-1",
        "account_id": "acme",
        "cycle": 1,
        "account": Account(account_id="acme", name="Acme Corporation", sector="technology", region="Germany"),
        "owner_id": "rep",
        "team": (TeamMember(person_id="rep", role="sales_rep"), TeamMember(person_id="manager", role="sales_manager")),
        "product": "GTX Pro",
        "price": Money(amount_minor=482_100, currency="USD"),
        "terms": ContractTerms(starts_on=date(2026, 4, 1), months=12, auto_renews=True, notice_days=90),
        "closed_on": date(2026, 3, 2),
        "contacts": (ContactRef(person_id="carla", role="champion"),),
        "buying_reason": seal(CARLA, "Too many spreadsheets", "message-0"),
        "confirmations": (Confirmation(condition=Condition.LEGAL, by="lee", at=NOW),),
        "waivers": (Waiver(condition=Condition.PACKAGE, by="dana", reason=seal(DANA, "known customer", "message-0"), at=NOW),),
        "package_version": 2,
        "package_score": 85,
    }
    return DealClosedWon(**first | fields)


def a_step(**fields: Any) -> StepCompleted:
    """A step done, of which two roles are Informed."""
    first: dict[str, Any] = {
        "deal_id": "deal-1",
        "account_id": "acme",
        "cycle": 1,
        "step": "significant_people",
        "title": "Significant people identified",
        "completed_by": "rep",
        "responsible": ("sales_rep",),
        "accountable": "sales_manager",
        "informed": ("csm", "onboarding_manager"),
    }
    return StepCompleted(**first | fields)


def an_invitation(**fields: Any) -> SurveyInvited:
    """A survey's invitation of Carla."""
    first: dict[str, Any] = {
        "deal_id": "deal-1",
        "account_id": "acme",
        "cycle": 1,
        "survey_id": "survey-1",
        "survey": "nps",
        "respondent_id": "carla",
        "account_name": "Acme Corporation",
        "link": seal(CARLA, LINK, "message-0"),
        "expires_at": datetime(2026, 4, 2, tzinfo=UTC),
    }
    return SurveyInvited(**first | fields)


def a_message(because_of: str = "event-1", recipient: str = "dana", **fields: Any) -> NotifyRecipient:
    """One recipient is to hear of a win."""
    first: dict[str, Any] = {
        "recipient_id": recipient,
        "audience": Audience.COLLEAGUE,
        "about": "deal-1",
        "account_id": "acme",
        "kind": "deal_won",
        "roles": ("finance",),
        "substance": Substance(facts={"account": "Acme Corporation", "price": "4,821.00 USD"}, people={"owner": ("rep",)}),
        "because_of": because_of,
        "because_of_source": "/baton/deals",
        "happened_at": NOW,
    }
    return NotifyRecipient(**first | fields)


def an_email(**fields: Any) -> Email:
    """An e-mail to Dana that is queued."""
    first: dict[str, Any] = {
        "email_id": "email-1",
        "recipient_id": "dana",
        "audience": Audience.COLLEAGUE,
        "kind": "detractor_raised",
        "about": "deal-1",
        "not_before": NOW,
        "queued_at": NOW,
        "changed_at": NOW,
    }
    return Email(**first | fields)


def a_recipient(**fields: Any) -> Recipient:
    """Dana, with the policy's defaults."""
    return Recipient(**{"recipient_id": "dana"} | fields)


def told(decision: Decision[Any] | None) -> dict[str, NotifyRecipient]:
    """Who is told, by recipient."""
    assert decision is not None
    messages = [event for event in decision.events if isinstance(event, NotifyRecipient)]
    assert len(messages) == len(decision.events) == len({message.recipient_id for message in messages})
    return {message.recipient_id: message for message in messages}


def sent(decision: Decision[Any] | None) -> Sequence[SendEmail]:
    """The e-mails that go out."""
    return [event for event in decision.events if isinstance(event, SendEmail)] if decision else []


def rows(decision: Decision[Any] | None) -> dict[str, Mapping[str, Any]]:
    """The rows written, by channel."""
    return {row.content["channel"]: row.content for row in decision.rows} if decision else {}


HOUR = timedelta(hours=1)
