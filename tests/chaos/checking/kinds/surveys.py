"""Surveys against the model: one for each completed handover, and from then on what may follow what."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.following import unheard
from tests.chaos.checking.models.survey import Survey, differences
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "feedback"
EFFECTS = {
    "AnswerSurvey": (
        "FeedbackCollected",
        lambda asked, told: bool((asked["respondent_id"], asked["score"]) == (told["respondent_id"], told["score"])),
    ),
}


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Folds what each survey told, and looks for the survey of every completed handover."""
    if SERVICE not in evidence.run.services:
        return
    for (service, kind, key), records in evidence.events.items():
        if (service, kind) != (SERVICE, "deal_surveys"):
            continue
        surveys: dict[str, Survey] = {}
        for record in sorted(records, key=lambda record: record.sequence or 0):
            survey = surveys.setdefault(str(record.body.get("survey_id")), Survey())
            survey.take(record.name, record.body)
            for wrong in survey.wrong:
                yield Violation(Broken.STATE, f"survey of {key}: {wrong}", (record.id,))
            survey.wrong.clear()
        yield from _stored(evidence, key, surveys)
    yield from _scheduled(evidence)
    yield from unheard(evidence, SERVICE, EFFECTS)


def _stored(evidence: Evidence, key: str, surveys: dict[str, Survey]) -> Iterator[Violation]:
    service = evidence.run.services[SERVICE]
    document = service.all("deal_surveys").get(key)
    stored = document["state"]["survey"] if document else None
    if stored and (survey := surveys.get(stored["survey_id"])):
        for wrong in differences(survey, stored):
            yield Violation(Broken.STATE, f"survey of {key}: {wrong}", (key, stored["survey_id"]))
    rows = {(row["survey_id"], row["respondent_id"]): row["score"] for row in service.all("nps_answers").values() if row["deal_id"] == key}
    told = {(id_, person): points for id_, survey in surveys.items() for person, points in survey.scores.items()}
    if rows != told:
        yield Violation(Broken.STATE, f"survey of {key}: the score is reckoned from {rows}, and {told} was told", (key,))


def _scheduled(evidence: Evidence) -> Iterator[Violation]:
    """One survey for each completed handover; none may be missing but where the deal was reopened meanwhile."""
    told = evidence.run.firsts("feedback.events", evidence.run.source(SERVICE))
    scheduled: dict[tuple[str, int], list[str]] = {}
    for record in told:
        if record.name == "SurveyScheduled":
            scheduled.setdefault((record.key or "", record.body["cycle"]), []).append(record.id)
    for delivery in evidence.firsts:
        if delivery.service != SERVICE or delivery.record.name != "HandoverCompleted" or delivery.reason or evidence.excused(delivery):
            continue
        cycle = delivery.record.body["cycle"]
        found = scheduled.get((delivery.key, cycle), [])
        if len(found) > 1 or (not found and evidence.reopened.get(delivery.key, 1) <= cycle):
            what = f"{len(found)} surveys were scheduled for the handover of {delivery.key} in cycle {cycle}"
            yield Violation(Broken.STATE if found else Broken.LOST, what, (delivery.record.id, *found))
