"""Whether a person may be asked: on the respondent's side, where all deals' questions about one person meet."""

from datetime import datetime

from chassis.context import Context
from chassis.decision import Decision, Timer
from contracts.feedback import AskRespondent, PersonAwaited, RespondentDenied, RespondentGranted
from contracts.message import Message
from services.feedback.domain import Ask, InviteeState, Respondent
from services.feedback.links import Invitation
from services.feedback.policy import Rules

AWAITED = "person"
"""The name of the timer that looks again for the person's record."""


def ask_respondent(person: Respondent | None, asked: AskRespondent, context: Context[Rules]) -> Decision[Respondent]:
    """Yes with a link sealed for the person, no because they were asked lately, or neither yet: their record has not come."""
    person = person or Respondent(person_id=asked.respondent_id)
    ask = Ask(deal_id=asked.deal_id, survey_id=asked.survey_id, expires_at=asked.expires_at, give_up_at=asked.give_up_at)
    return _decide(person.wait(*person.waiting, ask), context, context.now)


def look_again(person: Respondent | None, awaited: PersonAwaited, context: Context[Rules]) -> Decision[Respondent] | None:
    """The questions that wait, once more."""
    if person is None or not person.waiting:
        return None
    # A stored timer keeps milliseconds: the message's own time may lie a little before the moment that was set.
    return _decide(person, context, max(context.now, awaited.due_at))


def _decide(person: Respondent, context: Context[Rules], now: datetime) -> Decision[Respondent]:
    replies: list[Message] = []
    waiting: list[Ask] = []
    for ask in person.waiting:
        if person.throttled(now, context.policy.nps.throttle):
            replies.append(_no(person, ask, InviteeState.THROTTLED))
        elif person.person_id in context.people:
            replies.append(_yes(person, ask, context))
            person = person.asked(now)
        elif now >= ask.give_up_at:
            replies.append(_no(person, ask, InviteeState.UNREACHABLE))
        else:
            waiting.append(ask)
    after = person.wait(*waiting)
    return Decision(after, events=replies, timers=[_look_at(after, now, context)] if waiting else [])


def _look_at(person: Respondent, now: datetime, context: Context[Rules]) -> Timer:
    """The next look: after the policy's time, or when the first question is given up."""
    at = min(now + context.policy.nps.awaited_person.look_again_every, *(ask.give_up_at for ask in person.waiting))
    return Timer(AWAITED, PersonAwaited(respondent_id=person.person_id, due_at=at), at)


def _yes(person: Respondent, ask: Ask, context: Context[Rules]) -> RespondentGranted:
    invitation = Invitation(ask.deal_id, ask.survey_id, person.person_id)
    link = context.seal(person.person_id, context.policy.links.address(invitation, ask.expires_at))
    return RespondentGranted(deal_id=ask.deal_id, survey_id=ask.survey_id, respondent_id=person.person_id, link=link)


def _no(person: Respondent, ask: Ask, because: InviteeState) -> RespondentDenied:
    return RespondentDenied(deal_id=ask.deal_id, survey_id=ask.survey_id, respondent_id=person.person_id, because=because.value)
