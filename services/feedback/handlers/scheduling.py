"""When a survey is made, and when it is stopped: a handover is complete, a deal is reopened."""

import uuid

from chassis.context import Context
from chassis.decision import Decision
from contracts.deals import DealReopened
from contracts.message import Event
from contracts.onboarding import HandoverCompleted
from services.feedback.domain import DealSurveys, Survey
from services.feedback.handlers import facts
from services.feedback.policy import Rules

SURVEYS = uuid.UUID("6f0d8a51-2f0c-5f6e-9d5a-0b7d0c1f7a3e")
"""The name space of survey ids."""


def schedule_survey(deal: DealSurveys | None, completed: HandoverCompleted, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """A completed handover is followed by a survey, after the policy's time; not where its cycle is over or has its survey."""
    deal = deal or DealSurveys(deal_id=completed.deal_id)
    if not deal.takes(completed.cycle):
        return None
    survey = Survey(
        survey_id=str(uuid.uuid5(SURVEYS, f"{completed.deal_id}/{completed.cycle}/{facts.NPS}")),
        cycle=completed.cycle,
        account_id=completed.account_id,
        account_name=completed.account_name,
        due_at=context.now + context.policy.nps.wait(completed.days_from_win),
        contacts=completed.contacts,
    )
    # The news that the deal was reopened may come later than that of the new cycle's handover: topics race each other.
    events, cancel = _stopping(deal, completed.cycle)
    after = deal.stop_before(completed.cycle).keep(survey)
    events.append(facts.scheduled(after, survey))
    cancel = [name for name in cancel if name != facts.DUE]
    return Decision(after, events=events, timers=[facts.due(after, survey)], cancel=cancel)


def stop_surveys(deal: DealSurveys | None, reopened: DealReopened, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """A reopened deal's customer is not asked about the handover that is undone; an answer already given stays."""
    deal = deal or DealSurveys(deal_id=reopened.deal_id)
    if reopened.cycle <= deal.reopened:
        return None
    events, cancel = _stopping(deal, reopened.cycle)
    return Decision(deal.reopen(reopened.cycle), events=events, cancel=cancel)


def _stopping(deal: DealSurveys, cycle: int) -> tuple[list[Event], list[str]]:
    """What stopping the surveys before this cycle tells the world, and the timers it cancels."""
    stopped = deal.stop_before(cycle)
    if stopped is deal or deal.survey is None or stopped.survey is None:
        return [], []
    return [facts.ended(stopped, stopped.survey)], facts.timers_of(deal.survey)
