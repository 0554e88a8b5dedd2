"""Who is asked, invited, reminded, left out; and when a survey's time is over."""

import pytest

from chassis.decision import Timer
from contracts.feedback import (
    AskRespondent,
    ReminderDue,
    RespondentDenied,
    SurveyEnded,
    SurveyExpires,
    SurveyInvited,
    SurveySkipped,
)
from contracts.values import ContactRef
from services.feedback.domain import InviteeState, SurveyState, choose
from services.feedback.handlers import ask_respondents, expire, invite, leave_out, remind
from tests.services.feedback.given import (
    DUE_AT,
    EXPIRES_AT,
    NPS,
    after,
    answer,
    answering,
    around,
    asking,
    due,
    granted,
    invited,
    reminded,
    reminder,
    scheduled,
    survey_of,
    told,
)

SURVEY = survey_of(scheduled()).survey_id
EXPIRES = SurveyExpires(deal_id="deal-1", cycle=1, survey_id=SURVEY, due_at=EXPIRES_AT)


def denied(person_id: str, because: str = "throttled") -> RespondentDenied:
    """The respondent's no."""
    return RespondentDenied(deal_id="deal-1", survey_id=SURVEY, respondent_id=person_id, because=because)


@pytest.mark.requirement("R73")
def test_a_survey_that_is_due_asks_the_preferred_roles_first_and_sets_its_end() -> None:
    deal = scheduled()
    decision = ask_respondents(deal, due(deal), around(DUE_AT))
    asked = told(decision)
    assert [message.respondent_id for message in asked if isinstance(message, AskRespondent)] == ["ben", "ada"]
    assert decision is not None
    assert decision.timers == [Timer("expires", EXPIRES, EXPIRES_AT)]
    survey = survey_of(after(decision))
    assert (survey.state, survey.expires_at, survey.contacts) == (SurveyState.ASKING, EXPIRES_AT, ())


def test_people_are_chosen_by_the_order_of_roles_once_each_and_no_more_than_the_policy_says() -> None:
    contacts = [
        ContactRef(person_id=person, role=role) for person, role in [("a", "user"), ("b", "champion"), ("c", "buyer"), ("a", "buyer")]
    ]
    assert choose(contacts, ("buyer", "champion"), 5) == ["c", "a", "b"]
    assert choose(contacts, ("buyer", "champion"), 1) == ["c"]
    assert choose(contacts, ("legal",), 5) == []


@pytest.mark.parametrize("contacts", [(), (ContactRef(person_id="ada", role="procurement"),)])
def test_a_survey_with_nobody_to_ask_is_skipped(contacts: tuple[ContactRef, ...]) -> None:
    deal = scheduled(contacts=contacts)
    decision = ask_respondents(deal, due(deal), around(DUE_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveySkipped)
    assert event.because == "no_contact"
    assert survey_of(after(decision)).state is SurveyState.SKIPPED
    assert decision is not None
    assert decision.timers == ()


@pytest.mark.requirement("R73")
def test_a_person_who_may_be_asked_is_invited_and_their_reminder_set() -> None:
    decision = invite(asking(), granted("ada"), around(DUE_AT))
    (event,) = told(decision)
    assert event == SurveyInvited(
        deal_id="deal-1",
        account_id="acme",
        cycle=1,
        survey_id=SURVEY,
        survey="nps",
        respondent_id="ada",
        account_name="Acme Corporation",
        link=granted("ada").link,
        expires_at=EXPIRES_AT,
    )
    assert decision is not None
    assert decision.timers == [Timer("remind_1", reminder("ada"), DUE_AT + NPS.remind_after)]


def test_nobody_is_invited_twice_or_after_the_survey_is_over() -> None:
    assert invite(invited(), granted("ada"), around(DUE_AT)) is None
    assert invite(asking(), granted("ada"), around(EXPIRES_AT)) is None
    expired = after(expire(asking(), EXPIRES, around(EXPIRES_AT)))
    assert invite(expired, granted("ada"), around(DUE_AT)) is None


def test_a_person_invited_shortly_before_the_end_gets_no_reminder_after_it() -> None:
    decision = invite(asking(), granted("ada"), around(EXPIRES_AT - NPS.remind_after))
    assert decision is not None
    assert decision.timers == []


@pytest.mark.requirement("R74")
def test_who_has_not_answered_is_reminded_once_with_the_same_link() -> None:
    decision = remind(invited(), reminder("ada"), around(DUE_AT + NPS.remind_after))
    (event,) = told(decision)
    assert isinstance(event, SurveyInvited)
    assert (event.respondent_id, event.reminder, event.link) == ("ada", True, granted("ada").link)
    assert survey_of(after(decision)).state is SurveyState.REMINDED
    assert remind(reminded("ada"), reminder("ada"), around(DUE_AT + NPS.remind_after)) is None


def test_who_has_answered_is_not_reminded_even_if_the_timer_fired_meanwhile() -> None:
    deal = after(answering(invited(), answer(10)))
    assert remind(deal, reminder("ada"), around(DUE_AT + NPS.remind_after)) is None
    assert remind(deal, reminder("ben"), around(DUE_AT + NPS.remind_after)) is not None


@pytest.mark.parametrize("because", ["throttled", "unreachable"])
def test_a_survey_is_skipped_when_the_last_of_those_chosen_is_denied(because: str) -> None:
    first = leave_out(asking(), denied("ada"), around(DUE_AT))
    assert told(first) == []
    decision = leave_out(after(first), denied("ben", because), around(DUE_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveySkipped)
    assert event.because == because
    assert decision is not None
    assert list(decision.cancel) == ["expires"]


def test_a_survey_ends_when_the_only_person_still_in_doubt_is_denied_after_the_others_answered() -> None:
    deal = after(answering(invited("ada"), answer(7)))
    assert survey_of(deal).state is SurveyState.ASKING
    decision = leave_out(deal, denied("ben", "unreachable"), around(DUE_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveyEnded)
    assert (event.because, event.invited, event.answered) == ("answered", 1, 1)


@pytest.mark.requirement("R74")
def test_an_expired_survey_says_how_many_were_invited_and_answered_and_who_did_not() -> None:
    deal = after(answering(invited(), answer(9)))
    decision = expire(deal, EXPIRES, around(EXPIRES_AT))
    (event,) = told(decision)
    assert isinstance(event, SurveyEnded)
    assert (event.because, event.invited, event.answered) == ("expired", 2, 1)
    assert survey_of(after(decision)).unanswered == ("ben",)
    assert survey_of(after(decision)).find("ada").state is InviteeState.ANSWERED


def test_a_timer_of_another_survey_is_nothing_to_do() -> None:
    deal = invited()
    expires = SurveyExpires(deal_id="deal-1", cycle=2, survey_id="another", due_at=DUE_AT)
    again = ReminderDue(deal_id="deal-1", cycle=2, survey_id="another", due_at=DUE_AT, respondent_id="ada")
    assert expire(deal, expires, around(DUE_AT)) is None
    assert remind(deal, again, around(DUE_AT)) is None
    assert expire(None, EXPIRES, around(EXPIRES_AT)) is None
