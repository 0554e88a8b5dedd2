"""What is learnt of a customer on the way: another account, another contact, an unhappy answer."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import DealContactAdded, DealReassigned
from contracts.feedback import DetractorRaised
from services.onboarding.domain import FollowUp, Handover, facts
from services.onboarding.handlers.cycles import is_past
from services.onboarding.handlers.permission import known
from services.onboarding.policy import OnboardingPolicy


def follow_account(handover: Handover | None, moved: DealReassigned, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The deal's account is another one, or has another name; what is told from now on says so."""
    if handover is None or is_past(handover, moved) or moved.cycle != handover.cycle:
        return None
    followed = handover.of_account(moved.account)
    return None if followed == handover else Decision(followed)


def take_contact(handover: Handover | None, added: DealContactAdded, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """A person of the customer's who joins after the win travels with `HandoverCompleted`; those before it came with the win."""
    if handover is None or is_past(handover, added) or added.cycle != handover.cycle:
        return None
    joined = handover.add_contact(added.contact)
    return None if joined is handover else Decision(joined)


def follow_up_detractor(
    handover: Handover | None, raised: DetractorRaised, context: Context[OnboardingPolicy]
) -> Decision[Handover] | None:
    """A detractor's answer is given to the policy's role, with a time. An answer about an older cycle is nothing to do; one about a cycle
    that has not been heard of yet is of a customer who is unhappy now.

    Raises:
        HandoverUnknown: nothing was ever handed over for the deal.
    """
    handover = known(handover, raised.deal_id)
    if raised.cycle < handover.cycle or handover.is_past(raised.cycle):
        return None
    rules = context.policy.detractor
    follow_up = FollowUp(survey_id=raised.survey_id, respondent_id=raised.respondent_id, role=rules.role, due_at=context.now + rules.within)
    followed = handover.follow_up(follow_up)
    return None if followed is handover else Decision(followed, events=[facts.follow_up_opened(followed, follow_up)])
