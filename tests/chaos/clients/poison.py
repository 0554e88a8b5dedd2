"""Every kind of poison: what makes a good record one that cannot be taken, and records that look like poison and are none."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.chaos.clients.publishing import Outgoing

OWN: Mapping[str, str] = {
    "deals.commands": "deals.ConfirmLegal.v1",
    "onboarding.commands": "onboarding.BookKickoff.v1",
    "notifications.commands": "notifications.AssignAccountTeam.v1",
    "feedback.commands": "feedback.AnswerSurvey.v1",
    "deals.events": "deals.DealReopened.v1",
    "onboarding.events": "onboarding.HandoverCompleted.v1",
    "feedback.events": "feedback.DetractorRaised.v1",
    "deals.people": "deals.CustomerPersonRecorded.v1",
    "notifications.people": "notifications.ColleagueRecorded.v1",
    "onboarding.private": "onboarding.StepDue.v1",
    "notifications.private": "notifications.EmailExpired.v1",
    "feedback.private": "feedback.SurveyDue.v1",
}
"""By topic, a type that a reader of the topic takes from there."""
ELSEWHERE: Mapping[str, str] = {
    "deals.commands": "onboarding.PackageScored.v1",
    "onboarding.commands": "deals.DealClosedWon.v1",
    "notifications.commands": "feedback.SurveyInvited.v1",
    "feedback.commands": "onboarding.HandoverCompleted.v1",
    "deals.events": "onboarding.HandoverCompleted.v1",
    "onboarding.events": "deals.DealReopened.v1",
    "feedback.events": "deals.DealClosedWon.v1",
    "deals.people": "notifications.ColleagueRecorded.v1",
    "notifications.people": "deals.CustomerPersonRecorded.v1",
    "onboarding.private": "onboarding.AcceptHandover.v1",
    "notifications.private": "deals.DealClosedWon.v1",
    "feedback.private": "onboarding.HandoverCompleted.v1",
}
"""By topic, a type that its readers know, and take from another topic only."""
LONGEST = 4_000
"""Characters of an attribute that are taken; one more is too many."""
LONGEST_SOURCE = 200
"""Characters of a source; commands are recorded as asked for by it, as by a person, and an id has no more."""
NOT_TEXT = b"key-\xff\xfe"


def _with(record: Outgoing, name: str, content: bytes) -> Outgoing:
    return replace(record, headers=tuple((known, content if known == name else was) for known, was in record.headers))


def _typed(record: Outgoing, type_: str) -> Outgoing:
    return replace(_with(record, "ce_type", type_.encode()), type=type_)


def _identified(record: Outgoing, id_: str) -> Outgoing:
    return replace(_with(record, "ce_id", id_.encode()), id=id_)


SPOILT: Mapping[str, Callable[[Outgoing], Outgoing]] = {
    "invalid": lambda record: replace(record, value=b"[]"),
    "not_json": lambda record: replace(record, value=b"{not json"),
    "not_utf8": lambda record: replace(record, value=b'{"deal_id": "\xff\xfe"}'),
    "no_value": lambda record: replace(record, value=None),
    "wrong_field": lambda record: replace(record, value=b'{"deal_id": 7, "account_id": 7}'),
    "unknown_type": lambda record: _typed(record, "elsewhere.Unheard.v1"),
    "wrong_topic": lambda record: _typed(record, ELSEWHERE[record.topic]),
    "not_text": lambda record: _with(record, "ce_source", NOT_TEXT),
    "no_id": lambda record: replace(record, headers=tuple(pair for pair in record.headers if pair[0] != "ce_id")),
    "empty_id": lambda record: _with(record, "ce_id", b""),
    "no_time": lambda record: _with(record, "ce_time", b"yesterday"),
    "long_id": lambda record: _identified(record, record.id.ljust(LONGEST + 1, "x")),
    "long_source": lambda record: _with(record, "ce_source", record.source.ljust(LONGEST_SOURCE + 1, "x").encode()),
    "long_type": lambda record: _typed(record, record.type.ljust(LONGEST + 1, "x")),
    "key_not_text": lambda record: replace(record, key=NOT_TEXT, value=None if record.topic.endswith(".people") else b"[]"),
}
"""By name, what makes it of a good record. One without a value is a tombstone on topics of people: of nobody who is known."""
HARMLESS: Mapping[str, Callable[[Outgoing], Outgoing]] = {
    "other_key": lambda record: replace(record, key="another-key"),
    "no_text_for_key": lambda record: replace(record, key=NOT_TEXT),
    "longest_id": lambda record: _identified(record, record.id.ljust(LONGEST, "x")),
    "longest_source": lambda record: replace(
        _with(record, "ce_source", record.source.ljust(LONGEST_SOURCE, "x").encode()), source=record.source.ljust(LONGEST_SOURCE, "x")
    ),
}
"""By name, what is odd about a record and must not keep it from being taken: the payload names the aggregate, whatever the key says."""
