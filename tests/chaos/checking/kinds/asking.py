"""From a survey that is due to its end: whom it asks, what each is answered, who is invited; and what a reopening stops."""

from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "feedback"
OVER = frozenset({"answered", "skipped", "expired", "stopped"})
Question = tuple[str, str, str]
"""Deal, survey, respondent."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares each private message that was taken with what follows from it."""
    if SERVICE not in evidence.run.services:
        return
    own = evidence.run.source(SERVICE)
    told = evidence.run.firsts(f"{SERVICE}.events", own)
    scheduled = {record.body["survey_id"] for record in told if record.name == "SurveyScheduled"}
    ended = {r.body["survey_id"]: r for r in told if r.name in ("SurveyEnded", "SurveySkipped")}
    answered = [_asked(r) for r in evidence.run.firsts(f"{SERVICE}.private", own) if r.name in ("RespondentGranted", "RespondentDenied")]
    waiting = {
        (one["deal_id"], one["survey_id"], person)
        for person, document in evidence.run.services[SERVICE].all("respondents").items()
        for one in document["state"]["waiting"]
    }
    for one in evidence.firsts:
        if one.service != SERVICE or one.reason or evidence.excused(one):
            continue
        record, body = one.record, one.record.body
        followed = evidence.caused.get((SERVICE, record.id), ())
        goes_on = body.get("survey_id") in scheduled - ended.keys()
        if record.name == "SurveyDue" and not followed and goes_on:
            yield Violation(Broken.LOST, f"the survey of {one.key} was due, and nobody was asked", (record.id,))
        if record.name == "SurveyExpires" and goes_on:
            yield Violation(Broken.LOST, f"the survey of {one.key} has expired, and did not end", (record.id,))
        if record.name == "AskRespondent" and answered.count(_asked(record)) != (_asked(record) not in waiting):
            times = answered.count(_asked(record))
            what = f"whether {one.key} may be asked was answered {times} times"
            yield Violation(Broken.TWICE if times > 1 else Broken.LOST, what, (record.id,))
        if record.name == "DealReopened":
            yield from _stopped(evidence, record)


def _asked(record: Record) -> Question:
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
