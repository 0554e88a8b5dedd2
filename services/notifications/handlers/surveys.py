"""News of surveys: the customer's person gets the link; those who look after the customer hear of an unhappy answer at once (R70)."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.feedback import DetractorRaised, SurveyInvited
from contracts.notifications import Substance
from contracts.values import SealedText
from services.notifications.domain import Kind, KnownDeal
from services.notifications.handlers.handovers import account_of, over
from services.notifications.handlers.telling import Telling
from services.notifications.policy import NotificationsPolicy


def tell_of_survey(deal: KnownDeal | None, invited: SurveyInvited, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """The respondent gets the link, which stays sealed until it is sent."""
    if over(deal, invited.cycle):
        return None
    kind = Kind.SURVEY_REMINDER if invited.reminder else Kind.SURVEY_INVITED
    facts = {"account": invited.account_name, "expires": f"{invited.expires_at:%d %B %Y}"}
    telling = Telling(invited.deal_id, invited.account_id, kind, context)
    return telling.tell_customer(deal, invited.respondent_id, Substance(facts=facts, sealed={"link": invited.link}))


def tell_of_detractor(deal: KnownDeal | None, raised: DetractorRaised, context: Context[NotificationsPolicy]) -> Decision[KnownDeal] | None:
    """Whoever looks after the customer, with the score and the comment."""
    if over(deal, raised.cycle):
        return None
    sealed: dict[str, SealedText] = {"comment": raised.comment} if raised.comment else {}
    facts = account_of(deal) | {"score": f"{raised.score} of 10"}
    substance = Substance(facts=facts, people={"respondent": (raised.respondent_id,)}, sealed=sealed)
    telling = Telling(raised.deal_id, raised.account_id, Kind.DETRACTOR_RAISED, context)
    return telling.tell(deal, dict.fromkeys(sorted(context.policy.notices.detractor_raised), substance))
