"""Whatever happens to a survey, in whatever order and however often: what must always be true of it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis.decision import Decision, DomainError
from contracts.feedback import (
    FeedbackCollected,
    ReminderDue,
    RespondentDenied,
    SurveyEnded,
    SurveyExpires,
    SurveyInvited,
    SurveyScheduled,
    SurveySkipped,
)
from contracts.message import Event
from services.feedback.domain import DealSurveys
from services.feedback.handlers import answer_survey, ask_respondents, expire, invite, leave_out, remind, schedule_survey, stop_surveys
from services.feedback.handlers.answering import RESPONDENT
from tests.services.feedback.given import (
    DUE_AT,
    EXPIRES_AT,
    answer,
    around,
    completed,
    due,
    granted,
    reminder,
    reopened,
    scheduled,
    survey_of,
)

Step = Callable[[DealSurveys | None, Any], Decision[DealSurveys] | None]
PEOPLE = st.sampled_from(["ada", "ben"])
SURVEY = survey_of(scheduled()).survey_id


def _reminder(person: str) -> ReminderDue:
    return reminder(person)


def _denied(person: str) -> RespondentDenied:
    return RespondentDenied(deal_id="deal-1", survey_id=SURVEY, respondent_id=person, because="throttled")


EXPIRES = SurveyExpires(deal_id="deal-1", cycle=1, survey_id=SURVEY, due_at=EXPIRES_AT)
STEPS: st.SearchStrategy[tuple[Any, Any]] = st.one_of(
    st.just((ask_respondents, due(scheduled()))),
    PEOPLE.map(lambda person: (invite, granted(person))),
    PEOPLE.map(lambda person: (leave_out, _denied(person))),
    PEOPLE.map(lambda person: (remind, _reminder(person))),
    st.just((expire, EXPIRES)),
    st.builds(lambda person, score: (answer_survey, answer(score, person_id=person)), PEOPLE, st.integers(0, 10)),
    st.integers(1, 3).map(lambda cycle: (stop_surveys, reopened(cycle))),
    st.integers(1, 3).map(lambda cycle: (schedule_survey, completed(cycle=cycle))),
)


def played(steps: list[tuple[Any, Any]]) -> list[Event]:
    """The events that follow from the messages, one after another."""
    deal: DealSurveys | None = None
    events: list[Event] = []
    for minute, (decide, message) in enumerate([(schedule_survey, completed()), *steps]):
        try:
            decision = decide(deal, message, around(DUE_AT + timedelta(minutes=minute), actor=RESPONDENT))
        except DomainError:
            continue
        if decision is not None:
            deal = decision.state
            events.extend(event for event in decision.events if isinstance(event, Event))
    return events


@given(st.lists(STEPS, max_size=25))
def test_nobody_is_invited_reminded_or_counted_twice(steps: list[tuple[Any, Any]]) -> None:
    """In one survey a person is invited once, reminded once after that, and answers once after that."""
    events = played(steps)
    invitations = [event for event in events if isinstance(event, SurveyInvited)]
    counts = Counter((event.survey_id, event.respondent_id, event.reminder) for event in invitations)
    answers = Counter((event.survey_id, event.respondent_id) for event in events if isinstance(event, FeedbackCollected))
    assert max(counts.values(), default=0) <= 1
    assert max(answers.values(), default=0) <= 1
    assert all((survey, person, False) in counts for survey, person, reminder_ in counts if reminder_)
    assert all((survey, person, False) in counts for survey, person in answers)


@given(st.lists(STEPS, max_size=25))
def test_a_survey_ends_once_and_nothing_is_told_of_it_afterwards(steps: list[tuple[Any, Any]]) -> None:
    """A receiver that counts surveys made, and surveys skipped or ended, comes to the same figure when all is over."""
    over: set[str] = set()
    for event in played(steps):
        survey = getattr(event, "survey_id", None)
        if survey is None:
            continue
        assert survey not in over
        if isinstance(event, SurveyEnded | SurveySkipped):
            over.add(survey)


@given(st.lists(STEPS, max_size=25))
def test_cycles_only_go_forward(steps: list[tuple[Any, Any]]) -> None:
    """An older cycle's message never brings its survey back."""
    cycles = [event.cycle for event in played(steps) if isinstance(event, SurveyScheduled)]
    assert cycles == sorted(set(cycles))
