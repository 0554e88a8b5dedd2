"""From a survey that is due to its end: whom it asks, what each is answered, who is invited; and what a reopening stops."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tests.chaos.checking.data import Record
from tests.chaos.checking.deliveries import Delivery
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "feedback"
OVER = frozenset({"answered", "skipped", "expired", "stopped"})
Question = tuple[str, str, str]
"""Deal, survey, respondent."""


class Surveys(NamedTuple):
    """What the service told of surveys. `going`: those that were scheduled and did not end; `answers`: how often each was answered whether
    they may be asked; `waiting`: whose answer waits for their record; `invited`, `reminded`, `collected`: who was, and who has answered."""

    going: frozenset[str]
    answers: Counter[Question]
    waiting: frozenset[Question]
    invited: frozenset[Question]
    reminded: frozenset[Question]
    collected: frozenset[Question]


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares each private message that was taken with what follows from it."""
    if SERVICE not in evidence.run.services:
        return
    told = _told(evidence)
    for one in evidence.firsts:
        if one.service == SERVICE and not one.reason and not evidence.excused(one):
            yield from _followed(evidence, one, told)
            if one.record.name == "DealReopened":
                yield from _stopped(evidence, one.record)


def _followed(evidence: Evidence, one: Delivery, told: Surveys) -> Iterator[Violation]:
    record, goes_on = one.record, one.record.body.get("survey_id") in told.going
    if record.name == "SurveyDue" and goes_on and not evidence.caused.get((SERVICE, record.id)):
        yield Violation(Broken.LOST, f"the survey of {one.key} was due, and nobody was asked", (record.id,))
    if record.name == "SurveyExpires" and goes_on:
        yield Violation(Broken.LOST, f"the survey of {one.key} has expired, and did not end", (record.id,))
    if record.name == "AskRespondent" and (times := told.answers[_question(record)]) != (_question(record) not in told.waiting):
        what = f"whether {one.key} may be asked was answered {times} times"
        yield Violation(Broken.TWICE if times > 1 else Broken.LOST, what, (record.id,))
    if record.name == "RespondentGranted" and goes_on and _question(record) not in told.invited:
        what = f"{record.body['respondent_id']} may be asked about {one.key}, and was not invited"
        yield Violation(Broken.LOST, what, (record.id,))
    if record.name == "ReminderDue" and goes_on and _question(record) not in told.reminded | told.collected:
        what = f"{record.body['respondent_id']} was to be reminded about {one.key}, and was not"
        yield Violation(Broken.LOST, what, (record.id,))


def _told(evidence: Evidence) -> Surveys:
    own = evidence.run.source(SERVICE)
    events = evidence.run.firsts(f"{SERVICE}.events", own)
    scheduled = {record.body["survey_id"] for record in events if record.name == "SurveyScheduled"}
    ended = {record.body["survey_id"] for record in events if record.name in ("SurveyEnded", "SurveySkipped")}
    private = evidence.run.firsts(f"{SERVICE}.private", own)
    waiting = (
        (one["deal_id"], one["survey_id"], person)
        for person, document in evidence.run.services[SERVICE].all("respondents").items()
        for one in document["state"]["waiting"]
    )
    invitations = [record for record in events if record.name == "SurveyInvited"]
    return Surveys(
        going=frozenset(scheduled - ended),
        answers=Counter(_question(record) for record in private if record.name in ("RespondentGranted", "RespondentDenied")),
        waiting=frozenset(waiting),
        invited=frozenset(_question(record) for record in invitations if not record.body["reminder"]),
        reminded=frozenset(_question(record) for record in invitations if record.body["reminder"]),
        collected=frozenset(_question(record) for record in events if record.name == "FeedbackCollected"),
    )


def _question(record: Record) -> Question:
    return record.body["deal_id"], record.body["survey_id"], record.body["respondent_id"]


def _stopped(evidence: Evidence, record: Record) -> Iterator[Violation]:
    """A reopening is known, and no survey of an older cycle goes on."""
    document = evidence.run.services[SERVICE].all("deal_surveys").get(record.key)
    state = document["state"] if document else {"reopened": 0, "survey": None}
    survey, cycle = state["survey"], record.body["cycle"]
    if state["reopened"] < cycle:
        yield Violation(Broken.LOST, f"the surveys of {record.key} have not heard that cycle {cycle} was reopened", (record.id,))
    if survey and survey["cycle"] < cycle and survey["state"] not in OVER:
        yield Violation(Broken.LOST, f"the survey of {record.key} goes on, and cycle {cycle} was reopened", (record.id,))
