"""What tests of onboarding start from: messages of the sale, a handover at any point of its way, and who asks."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import services.onboarding
from chassis.context import Context
from chassis.decision import Actor, Decision
from chassis.policy import load_policy
from chassis.sealing import seal
from contracts.deals import (
    Account,
    Condition,
    DealClosedLost,
    DealClosedWon,
    DealReopened,
    DealStageMoved,
    LossDetail,
    LossReason,
    Package,
    PackageSubmitted,
    Promise,
    PromiseKind,
    Waiver,
)
from contracts.message import Message
from contracts.onboarding import AcceptHandover, CompleteStep, HoldKickoff, ReturnHandover
from contracts.values import ContactRef, SealedText
from services.onboarding import handlers
from services.onboarding.domain import Handover
from services.onboarding.policy import OnboardingPolicy
from tests.deciding import NOW, a_context, a_person, verified

SHIPPED = Path(services.onboarding.__file__).with_name("policy.yaml")
POLICY = load_policy(SHIPPED, OnboardingPolicy)
THRESHOLD = POLICY.package.threshold
ACME = Account(account_id="acme", name="Acme Corporation", sector="technology")
ABOUT: dict[str, Any] = {"deal_id": "deal-1", "account_id": "acme"}
CHAMPION, BUYER = ContactRef(person_id="p1", role="champion"), ContactRef(person_id="p2", role="decision_maker")
REP, ONA, CARA = a_person("rep"), a_person("ona"), a_person("cara")
SALES_REP = verified("rep", "sales_rep")
MANAGER = verified("ona", "onboarding_manager")
CSM = verified("cara", "csm")
E = TypeVar("E", bound=Message)
Decide = Callable[..., Decision[Handover] | None]


def asked_by(actor: Actor | None = None, now: datetime = NOW, policy: OnboardingPolicy = POLICY) -> Context[OnboardingPolicy]:
    """The surroundings of a decision; the three people above are known."""
    return a_context(policy, actor=actor, now=now, people=(REP, ONA, CARA))


def changed(policy: OnboardingPolicy = POLICY, **fields: Any) -> OnboardingPolicy:
    """The policy with other values, validated anew."""
    return OnboardingPolicy.model_validate(policy.model_dump() | fields)


def sealed(text: str) -> SealedText:
    """A text of the sales rep's."""
    return seal(REP, text, "given")


FULL = Package(
    pain_points=(sealed("spreadsheets"),),
    goals=(sealed("close the month in two days"),),
    stakeholders=(CHAMPION, BUYER),
    expectations=(sealed("live in May"),),
    buying_reason=sealed("audit"),
    success_definition=sealed("two days"),
    roi_analysis=sealed("4 to 1"),
    requests=(sealed("single sign-on"),),
    promises=(Promise(kind=PromiseKind.SCOPE, text=sealed("all modules")),),
    perceptions=sealed("decides by committee"),
    solution_document="https://docs.example/osd",
)
THIN = Package(goals=FULL.goals, stakeholders=(CHAMPION,))


def submitted(package: Package = FULL, version: int = 1, cycle: int = 1) -> PackageSubmitted:
    """Sales handed in a version of the package."""
    return PackageSubmitted(**ABOUT, cycle=cycle, package_version=version, package=package, submitted_by="rep")


def moved(stage: str = "negotiation", cycle: int = 1) -> DealStageMoved:
    """The deal came to a stage."""
    return DealStageMoved(**ABOUT, cycle=cycle, from_stage="engaging", to_stage=stage, owner_id="rep", account=ACME)


def won(cycle: int = 1, **fields: Any) -> DealClosedWon:
    """The deal was won yesterday with version 1 of its package, which scored 100."""
    first: dict[str, Any] = {"closed_on": NOW.date() - timedelta(days=1), "package_version": 1, "package_score": 100}
    return DealClosedWon(**ABOUT, cycle=cycle, account=ACME, owner_id="rep", **first | {"contacts": (CHAMPION, BUYER)} | fields)


def waived_win(cycle: int = 1, **fields: Any) -> DealClosedWon:
    """The deal was won without a package, which somebody waived."""
    waiver = Waiver(condition=Condition.PACKAGE, by="dana", reason=sealed("closed before Baton"), at=NOW)
    return won(cycle, **{"package_version": None, "package_score": None, "waivers": (waiver,)} | fields)


def lost(cycle: int = 1) -> DealClosedLost:
    """The deal was lost."""
    reasons = (LossDetail(reason=LossReason.PRICE),)
    return DealClosedLost(**ABOUT, cycle=cycle, account=ACME, owner_id="rep", closed_on=date(2026, 3, 1), reasons=reasons)


def reopened(cycle: int = 2, stage: str = "engaging", was: str = "won") -> DealReopened:
    """The deal was opened again, in a new cycle."""
    return DealReopened(**ABOUT, cycle=cycle, reopened_by="dana", reason=sealed("signed by the wrong person"), was=was, stage=stage, at=NOW)


def after(decision: Decision[Handover] | None) -> Handover:
    """The handover after a change."""
    assert decision is not None
    assert decision.state is not None
    return decision.state


def one(decision: Decision[Handover] | None, kind: type[E]) -> E:
    """The one event of a kind that the decision tells."""
    assert decision is not None
    (event,) = [event for event in decision.events if isinstance(event, kind)]
    return event


def told(decision: Decision[Handover] | None) -> list[str]:
    """The names of what the decision tells; nothing for nothing to do."""
    return [type(event).__name__ for event in decision.events] if decision else []


def a_prepared_handover() -> Handover:
    """Prepared, and its package not there yet."""
    return after(handlers.prepare_at_stage(None, moved(), asked_by()))


def an_open_handover(event: DealClosedWon | None = None, package: Package = FULL) -> Handover:
    """Won with a package that has no gaps, unless told otherwise."""
    scored = after(handlers.score_package(None, submitted(package), asked_by()))
    return after(handlers.open_handover(scored, event or won(), asked_by()))


def a_returned_handover() -> Handover:
    """Given back by a person."""
    return after(handlers.return_handover(an_open_handover(), ReturnHandover(deal_id="deal-1", reason="too thin"), asked_by(MANAGER)))


def an_accepted_handover() -> Handover:
    """Accepted by the onboarding manager."""
    return after(handlers.accept_handover(an_open_handover(), AcceptHandover(deal_id="deal-1"), asked_by(MANAGER)))


def do_steps(handover: Handover, steps: Iterable[str]) -> Handover:
    """The steps done, each by its Accountable."""
    for step in steps:
        command = CompleteStep(deal_id="deal-1", step=step, role=POLICY.by_step[step].letters.accountable)
        handover = after(handlers.complete_step(handover, command, asked_by()))
    return handover


def hold(handover: Handover) -> Decision[Handover] | None:
    """The kick-off held now."""
    return handlers.hold_kickoff(handover, HoldKickoff(deal_id="deal-1", held_at=NOW), asked_by(CSM))


def a_completed_handover() -> Handover:
    """Everything done."""
    return after(hold(do_steps(an_accepted_handover(), POLICY.by_step)))
