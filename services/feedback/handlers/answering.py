"""A customer's answer: from the answer page, from the bus, or taken down by a colleague."""

from chassis.context import Context
from chassis.decision import Actor, Decision, Forbidden
from chassis.sealing import unseal
from chassis.tokens import OPERATOR
from contracts.feedback import AnswerSurvey
from contracts.message import Event
from services.feedback.domain import Answer, DealSurveys, Survey, SurveyState, SurveyUnknown, is_detractor
from services.feedback.handlers import facts
from services.feedback.policy import Rules

RESPONDENT = Actor(id="survey-link", roles=frozenset({"survey_link"}), verified=True)
"""Whoever comes with the signed link of an invitation."""


def answer_survey(deal: DealSurveys | None, command: AnswerSurvey, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """The answer is kept and told, a detractor's raised; the same answer again is nothing to do.

    Raises:
        SurveyUnknown: the deal has no such survey in its present cycle.
        NotInvited: the person was not asked.
        AlreadyAnswered: the person said something else before.
        SurveyClosed: the survey has expired, or was stopped.
        PersonUnknown: there is a comment, and no record of the person to seal it under.
        Forbidden: the caller's token has no role that may answer for a customer.
    """
    _permit(context)
    if deal is None:
        raise SurveyUnknown(f"the deal {command.deal_id!r} has no survey", field="deal_id")
    survey = deal.find(command.survey_id)
    if _said_before(survey, command, context):
        return None
    survey.must_take(command.respondent_id, context.now)
    comment = context.seal_optional(command.respondent_id, command.comment)
    return _answered(deal, survey, command.respondent_id, Answer(score=command.score, comment=comment, at=context.now))


def _answered(deal: DealSurveys, survey: Survey, person_id: str, answer: Answer) -> Decision[DealSurveys]:
    after = survey.answer(person_id, answer)
    events: list[Event] = [facts.collected(deal, after, person_id, answer)]
    cancel = [facts.reminder_name(after, person_id)]
    if is_detractor(answer.score):
        events.append(facts.raised(deal, after, person_id, answer))
    if after.state is SurveyState.ANSWERED:
        events.append(facts.ended(deal, after))
        cancel.append(facts.EXPIRES)
    return Decision(deal.keep(after), events=events, cancel=cancel, rows=[facts.kept(deal, after, person_id, answer)])


def _permit(context: Context[Rules]) -> None:
    """A message without a token is recorded as claimed by its source, as every command is that needs no named person."""
    allowed = {OPERATOR, *RESPONDENT.roles, *context.policy.answer_takers}
    if context.actor.verified and allowed.isdisjoint(context.actor.roles):
        raise Forbidden("none of your roles may enter an answer for a customer")


def _said_before(survey: Survey, command: AnswerSurvey, context: Context[Rules]) -> bool:
    """Whether the person gave this very answer before: a form sent twice."""
    before = survey.find(command.respondent_id).answer
    if before is None or before.score != command.score:
        return False
    comment = unseal(context.people.get(command.respondent_id), before.comment) if before.comment else None
    return comment == command.comment
