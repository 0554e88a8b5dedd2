"""What tests of deals start from: the default policy, an account, a deal at any point of its sale, and who asks."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import services.deals
from chassis.context import Context
from chassis.decision import Actor
from chassis.policy import load_policy
from chassis.sealing import unseal
from contracts.deals import Account, Condition, Confirmation, ImportDeal, LossDetail, LossReason, TeamMember, WaiverRequest
from contracts.people import PersonDetails
from contracts.values import Money, SealedText
from services.deals.domain import Deal, PackageScore, lose, win
from services.deals.policy import DealsPolicy
from tests.deciding import a_context, a_person, verified

POLICY = load_policy(Path(services.deals.__file__).with_name("policy.yaml"), DealsPolicy)
DAY = date(2026, 2, 27)
EARLIER = datetime(2026, 2, 20, 8, 30, tzinfo=UTC)
ACME = Account(account_id="acme", name="Acme Corporation", sector="technology")
TEAM = (TeamMember(person_id="rep", role="sales_rep"),)
DANA, REP, OPS = a_person("dana", "Dana Reyes"), a_person("rep"), a_person("ops")
MANAGER = verified("dana", "sales_manager")
SALES_REP = verified("rep", "sales_rep")
OPERATOR = verified("ops", "operator")
CONFIRMABLE = (Condition.CONTRACT, Condition.LEGAL, Condition.FINANCE)


def asked_by(actor: Actor | None = None, *people: PersonDetails, **more: Any) -> Context[DealsPolicy]:
    """The surroundings of a decision; the three people above are known."""
    return a_context(POLICY, actor=actor, people=(DANA, REP, OPS, *people), **more)


def a_deal(**fields: Any) -> Deal:
    """An open deal of Acme's at its first stage."""
    first: dict[str, Any] = {"deal_id": "deal-1", "account": ACME, "owner_id": "rep", "stage": "prospecting", "team": TEAM}
    return Deal(**first | fields)


def confirmed(*conditions: Condition) -> tuple[Confirmation, ...]:
    """Confirmations given some days ago."""
    return tuple(Confirmation(condition=condition, by="legal-1", at=EARLIER) for condition in conditions)


def scored(score: int, version: int = 1, threshold: int = 80, gaps: tuple[str, ...] = ()) -> PackageScore:
    """A score of a package."""
    return PackageScore(version=version, score=score, threshold=threshold, gaps=gaps)


def a_ready_deal(**fields: Any) -> Deal:
    """A deal that the gate lets pass."""
    ready = {"confirmations": confirmed(*CONFIRMABLE), "package_version": 1, "package_scores": (scored(90),)}
    return a_deal(**ready | fields)


def a_won_deal(**fields: Any) -> Deal:
    """A deal that was won without waivers."""
    return win(a_ready_deal(**fields), by="rep", at=EARLIER, closed_on=DAY)


def a_lost_deal(**fields: Any) -> Deal:
    """A deal that was lost on its price."""
    return lose(a_deal(**fields), (LossDetail(reason=LossReason.PRICE),), by="rep", at=EARLIER, closed_on=DAY)


def waive(*conditions: Condition, by: str | None = None) -> tuple[WaiverRequest, ...]:
    """Requests to set conditions aside; all four when none is named."""
    return tuple(WaiverRequest(condition=condition, reason="closed before Baton", by=by) for condition in conditions or tuple(Condition))


def a_row(**fields: Any) -> ImportDeal:
    """A row of a CRM export: an open deal of Acme's."""
    row: dict[str, Any] = {
        "deal_id": "deal-1",
        "account": ACME,
        "owner_id": "rep",
        "team": TEAM,
        "product": "GTX Pro",
        "price": Money(amount_minor=482_100, currency="USD"),
        "stage": "engaging",
        "outcome": "open",
        "opened_on": date(2026, 1, 5),
        "row_hash": "hash-0001",
    }
    return ImportDeal(**row | fields)


def read(person: PersonDetails, text: SealedText | None) -> str | None:
    """What the sealed text says to somebody who has the person's key."""
    return None if text is None else unseal(person, text)
