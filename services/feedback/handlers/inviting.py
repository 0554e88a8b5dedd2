"""From a survey that is due to invitations and reminders, on the deal's side."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.feedback import AskRespondent, ReminderDue, RespondentDenied, RespondentGranted, SurveyDue, SurveyExpires
from services.feedback.domain import DealSurveys, InviteeState, Survey, SurveyState, choose
from services.feedback.handlers import facts
from services.feedback.policy import Rules


def ask_respondents(deal: DealSurveys | None, due: SurveyDue, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """It is time: those whom the policy prefers are asked for; each of them knows whether they may be."""
    if deal is None or (survey := deal.going(due.survey_id)) is None or survey.state is not SurveyState.SCHEDULED:
        return None
    nps = context.policy.nps
    expires_at = due.due_at + nps.open_for
    asked = survey.ask(choose(survey.contacts, nps.roles, nps.most_respondents), expires_at)
    if asked.over:
        return Decision(deal.keep(asked), events=[facts.skipped(deal, asked, "no_contact")])
    give_up_at = min(due.due_at + nps.awaited_person.give_up_after, expires_at)
    questions = [
        AskRespondent(
            respondent_id=invitee.person_id,
            deal_id=deal.deal_id,
            survey_id=asked.survey_id,
            expires_at=expires_at,
            give_up_at=give_up_at,
        )
        for invitee in asked.invitees
    ]
    return Decision(deal.keep(asked), events=questions, timers=[facts.expires(deal, asked, expires_at)])


def invite(deal: DealSurveys | None, granted: RespondentGranted, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """A person who may be asked is invited, and their reminder set."""
    survey = _going(deal, granted.survey_id, granted.respondent_id, InviteeState.ASKED)
    if deal is None or survey is None or survey.expires_at is None or context.now >= survey.expires_at:
        return None
    invited = survey.invite(granted.respondent_id, granted.link)
    remind_at = context.now + context.policy.nps.remind_after
    return Decision(
        deal.keep(invited),
        events=[facts.invited(deal, invited, invited.find(granted.respondent_id), reminder=False)],
        timers=[facts.reminder(deal, invited, granted.respondent_id, remind_at)] if remind_at < survey.expires_at else [],
    )


def leave_out(deal: DealSurveys | None, denied: RespondentDenied, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """A person who may not be asked is left out; the last of them ends the survey."""
    survey = _going(deal, denied.survey_id, denied.respondent_id, InviteeState.ASKED)
    if deal is None or survey is None:
        return None
    without = survey.deny(denied.respondent_id, InviteeState(denied.because))
    if without.state is SurveyState.SKIPPED:
        return Decision(deal.keep(without), events=[facts.skipped(deal, without, denied.because)], cancel=[facts.EXPIRES])
    if without.state is SurveyState.ANSWERED:
        return Decision(deal.keep(without), events=[facts.ended(deal, without)], cancel=[facts.EXPIRES])
    return Decision(deal.keep(without))


def remind(deal: DealSurveys | None, due: ReminderDue, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """Whoever has not answered is asked once more, with the same link."""
    survey = _going(deal, due.survey_id, due.respondent_id, InviteeState.INVITED)
    if deal is None or survey is None:
        return None
    reminded = survey.remind(due.respondent_id)
    return Decision(deal.keep(reminded), events=[facts.invited(deal, reminded, reminded.find(due.respondent_id), reminder=True)])


def expire(deal: DealSurveys | None, due: SurveyExpires, context: Context[Rules]) -> Decision[DealSurveys] | None:
    """The survey's time is over, whoever has answered."""
    if deal is None or (survey := deal.going(due.survey_id)) is None:
        return None
    expired = survey.end(SurveyState.EXPIRED)
    cancel = [facts.reminder_name(survey, person_id) for person_id in survey.unanswered]
    return Decision(deal.keep(expired), events=[facts.ended(deal, expired)], cancel=cancel)


def _going(deal: DealSurveys | None, survey_id: str, person_id: str, state: InviteeState) -> Survey | None:
    """The survey, if it goes on and the person in it stands there; None means that the message came too late."""
    survey = deal.going(survey_id) if deal else None
    return survey if survey and survey.stands(person_id) is state else None
