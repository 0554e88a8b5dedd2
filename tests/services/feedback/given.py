"""What tests of feedback start from: the default policy, a completed handover, and a deal at any point of its survey."""

from datetime import datetime
from pathlib import Path
from typing import Any

import services.feedback
from chassis.context import Context
from chassis.decision import Actor, Decision
from chassis.policy import load_policy
from chassis.sealing import unseal
from contracts.deals import DealReopened
from contracts.feedback import AnswerSurvey, AskRespondent, ReminderDue, RespondentGranted, SurveyDue
from contracts.message import Message
from contracts.onboarding import HandoverCompleted
from contracts.people import PersonDetails
from contracts.values import ContactRef, SealedText
from services.feedback.domain import DealSurveys, Survey
from services.feedback.handlers import answer_survey, ask_respondent, ask_respondents, invite, remind, schedule_survey
from services.feedback.handlers.answering import RESPONDENT
from services.feedback.policy import FeedbackPolicy, Rules, prepare
from services.feedback.settings import FeedbackSettings
from tests.deciding import NOW, a_context, a_person

POLICY = load_policy(Path(services.feedback.__file__).with_name("policy.yaml"), FeedbackPolicy)
RULES = prepare(POLICY, FeedbackSettings(public_url="https://feedback.example.com", link_key="a key of the tests, long enough!"))
NPS = RULES.nps
ADA, BEN, CLEO = a_person("ada"), a_person("ben"), a_person("cleo")
CONTACTS = (ContactRef(person_id="ada", role="champion"), ContactRef(person_id="ben", role="decision_maker"))
DUE_AT = NOW + NPS.first_after
EXPIRES_AT = DUE_AT + NPS.open_for


def around(now: datetime = NOW, *people: PersonDetails, actor: Actor | None = None, message_id: str = "message-1") -> Context[Rules]:
    """The surroundings of a decision; Ada, Ben and Cleo are known unless others are named."""
    return a_context(RULES, now=now, people=people or (ADA, BEN, CLEO), actor=actor, message_id=message_id)


def alone(now: datetime = NOW) -> Context[Rules]:
    """The surroundings of a decision about people of whom no record has come."""
    return a_context(RULES, now=now)


def completed(**fields: Any) -> HandoverCompleted:
    """A completed handover of Acme's deal."""
    first: dict[str, Any] = {
        "deal_id": "deal-1",
        "account_id": "acme",
        "account_name": "Acme Corporation",
        "cycle": 1,
        "completed_on": NOW.date(),
        "contacts": CONTACTS,
        "days_from_win": 20,
    }
    return HandoverCompleted(**first | fields)


def reopened(cycle: int = 2) -> DealReopened:
    """The deal was reopened, into this cycle."""
    reason = SealedText(person_id="dana", sealed="c2VhbGVk")
    return DealReopened(
        deal_id="deal-1", account_id="acme", cycle=cycle, reopened_by="dana", reason=reason, was="won", stage="negotiation", at=NOW
    )


def after(decision: Decision[DealSurveys] | None) -> DealSurveys:
    """The state that a decision leaves."""
    assert decision is not None
    assert decision.state is not None
    return decision.state


def survey_of(deal: DealSurveys) -> Survey:
    """The deal's survey."""
    assert deal.survey is not None
    return deal.survey


def scheduled(**fields: Any) -> DealSurveys:
    """A deal whose survey is to be sent."""
    return after(schedule_survey(None, completed(**fields), around()))


def due(deal: DealSurveys) -> SurveyDue:
    """The timer of the deal's survey."""
    survey = survey_of(deal)
    return SurveyDue(deal_id="deal-1", cycle=survey.cycle, survey_id=survey.survey_id, due_at=survey.due_at)


def asking(**fields: Any) -> DealSurveys:
    """A deal that has asked for its respondents."""
    deal = scheduled(**fields)
    return after(ask_respondents(deal, due(deal), around(DUE_AT)))


def question(person_id: str = "ada", deal: DealSurveys | None = None) -> AskRespondent:
    """The deal's question to one respondent."""
    survey = survey_of(deal or scheduled())
    give_up_at = DUE_AT + NPS.awaited_person.give_up_after
    return AskRespondent(
        respondent_id=person_id, deal_id="deal-1", survey_id=survey.survey_id, expires_at=EXPIRES_AT, give_up_at=give_up_at
    )


def granted(person_id: str = "ada") -> RespondentGranted:
    """The respondent's yes."""
    (reply,) = ask_respondent(None, question(person_id), around(DUE_AT)).events
    assert isinstance(reply, RespondentGranted)
    return reply


def invited(*person_ids: str, **fields: Any) -> DealSurveys:
    """A deal whose chosen people are invited; Ada and Ben unless others are named."""
    deal = asking(**fields)
    for person_id in person_ids or ("ada", "ben"):
        deal = after(invite(deal, granted(person_id), around(DUE_AT)))
    return deal


def reminder(person_id: str = "ada") -> ReminderDue:
    """The timer of a reminder."""
    survey = survey_of(scheduled())
    return ReminderDue(deal_id="deal-1", cycle=1, survey_id=survey.survey_id, respondent_id=person_id, due_at=DUE_AT + NPS.remind_after)


def reminded(person_id: str = "ada") -> DealSurveys:
    """A deal in whose survey Ada has been reminded."""
    return after(remind(invited(), reminder(person_id), around(DUE_AT + NPS.remind_after)))


def answer(score: int, comment: str | None = None, person_id: str = "ada") -> AnswerSurvey:
    """An answer to the deal's survey."""
    survey = survey_of(scheduled())
    return AnswerSurvey(deal_id="deal-1", survey_id=survey.survey_id, respondent_id=person_id, score=score, comment=comment)


def answering(deal: DealSurveys, command: AnswerSurvey, now: datetime = DUE_AT, *people: PersonDetails) -> Decision[DealSurveys] | None:
    """The decision about an answer that comes from the page."""
    return answer_survey(deal, command, around(now, *people, actor=RESPONDENT))


def told(decision: Decision[Any] | None) -> list[Message]:
    """The messages of a decision; none where there was nothing to do."""
    return [message for message in decision.events if isinstance(message, Message)] if decision else []


def opened(person: PersonDetails, text: SealedText | None) -> str | None:
    """A sealed text in the clear."""
    return unseal(person, text) if text else None
