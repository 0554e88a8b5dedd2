"""News of a handover: Informed hear of a step done, Accountable of one that is late (R65), sales of a package returned."""

from datetime import UTC, datetime

from chassis.context import Context
from chassis.decision import Decision
from contracts.notifications import Substance
from contracts.onboarding import FollowUpOpened, Gap, HandoverReturned, KickoffOverdue, PackageOverdue, StepCompleted, StepOverdue
from contracts.values import SealedText
from services.notifications.domain import Kind, KnownDeal
from services.notifications.handlers.telling import Telling
from services.notifications.policy import NotificationsPolicy

LONGEST = 300
"""Characters of a fact; a longer one is cut."""


def tell_of_step(deal: KnownDeal | None, done: StepCompleted, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The roles that the step's RACI letters say are Informed."""
    if over(deal, done.cycle) or not done.informed:
        return None
    substance = Substance(facts=account_of(deal) | {"step": done.title}, people={"completed_by": (done.completed_by,)})
    telling = Telling(done.deal_id, done.account_id, Kind.STEP_COMPLETED, context)
    return telling.tell(deal, dict.fromkeys(done.informed, substance))


def tell_of_late_step(deal: KnownDeal | None, late: StepOverdue, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The Accountable role."""
    if over(deal, late.cycle):
        return None
    facts = account_of(deal) | {"step": late.title, "due": moment(late.due_at), "responsible": ", ".join(late.responsible)}
    telling = Telling(late.deal_id, late.account_id, Kind.STEP_OVERDUE, context)
    return telling.tell(deal, {late.accountable: Substance(facts={name: text for name, text in facts.items() if text})})


def tell_of_late_kickoff(deal: KnownDeal | None, late: KickoffOverdue, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The Accountable role."""
    if over(deal, late.cycle):
        return None
    facts = account_of(deal) | {"missing": late.missing, "due": moment(late.due_at)}
    telling = Telling(late.deal_id, late.account_id, Kind.KICKOFF_OVERDUE, context)
    return telling.tell(deal, {late.accountable: Substance(facts=facts)})


def tell_of_late_package(deal: KnownDeal | None, late: PackageOverdue, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The Accountable role, of a returned package that was not bettered."""
    if over(deal, late.cycle):
        return None
    version = {"package": f"version {late.package_version}"} if late.package_version else {}
    facts = account_of(deal) | version | {"due": moment(late.due_at)}
    telling = Telling(late.deal_id, late.account_id, Kind.PACKAGE_OVERDUE, context)
    return telling.tell(deal, {late.accountable: Substance(facts=facts)})


def tell_of_return(deal: KnownDeal | None, returned: HandoverReturned, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """Sales, with the gaps and the reason, so that they can complete the package."""
    if over(deal, returned.cycle):
        return None
    by_person = returned.returned_by != "policy"
    sealed: dict[str, SealedText] = {"reason": returned.reason} if returned.reason else {}
    substance = Substance(
        facts=account_of(deal) | gap_facts(returned.gaps),
        people={"returned_by": (returned.returned_by,)} if by_person else {},
        sealed=sealed,
    )
    telling = Telling(returned.deal_id, returned.account_id, Kind.HANDOVER_RETURNED, context)
    return telling.tell(deal, dict.fromkeys(sorted(context.policy.notices.handover_returned), substance))


def tell_of_follow_up(deal: KnownDeal | None, opened: FollowUpOpened, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The role that follows up, and those whom the policy adds."""
    if over(deal, opened.cycle):
        return None
    facts = account_of(deal) | {"due": moment(opened.due_at), "follows_up": opened.role}
    substance = Substance(facts=facts, people={"respondent": (opened.respondent_id,)})
    telling = Telling(opened.deal_id, opened.account_id, Kind.FOLLOW_UP_OPENED, context)
    roles = (opened.role, *sorted(context.policy.notices.follow_up_opened - {opened.role}))
    return telling.tell(deal, dict.fromkeys(roles, substance))


def over(deal: KnownDeal | None, cycle: int) -> bool:
    """Whether the event belongs to a cycle that was reopened."""
    return deal is not None and deal.is_over(cycle)


def moment(at: datetime) -> str:
    """A time as a reader sees it."""
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M} UTC"


def account_of(deal: KnownDeal | None) -> dict[str, str]:
    """The customer's name, where the win has been heard of."""
    return {"account": deal.account_name} if deal and deal.account_name else {}


def gap_facts(gaps: tuple[Gap, ...]) -> dict[str, str]:
    """The sections that are missing or thin, and what the three dearest lack."""
    if not gaps:
        return {}
    dearest = sorted(gaps, key=lambda gap: -gap.weight)
    named = ", ".join(gap.section for gap in dearest)
    return {"gaps": named[:LONGEST]} | {f"gap_{n}": gap.detail for n, gap in enumerate(dearest[:3], start=1)}
