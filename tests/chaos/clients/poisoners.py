"""Whoever publishes what cannot be taken: every kind of poison, on commands and on events, among good records of the same lanes."""

import json
from collections.abc import Callable
from dataclasses import replace

from chassis.placing import partition_of
from tests.chaos.clients.client import Client
from tests.chaos.clients.operations import ACKNOWLEDGED, UNKNOWN, Operation, OperationLog
from tests.chaos.clients.publishing import Outgoing
from tests.chaos.world import World
from tests.delivery.foreign import Sent, publish_with_header_name

TOPICS = (
    "deals.commands",
    "onboarding.commands",
    "notifications.commands",
    "feedback.commands",
    "deals.events",
    "onboarding.events",
    "feedback.events",
)
OWN = {
    "deals.commands": "deals.ConfirmLegal.v1",
    "onboarding.commands": "onboarding.BookKickoff.v1",
    "notifications.commands": "notifications.AssignAccountTeam.v1",
    "feedback.commands": "feedback.AnswerSurvey.v1",
    "deals.events": "deals.DealReopened.v1",
    "onboarding.events": "onboarding.HandoverCompleted.v1",
    "feedback.events": "feedback.DetractorRaised.v1",
}
ELSEWHERE = {
    "deals.commands": "onboarding.PackageScored.v1",
    "onboarding.commands": "deals.DealClosedWon.v1",
    "notifications.commands": "feedback.SurveyInvited.v1",
    "feedback.commands": "onboarding.HandoverCompleted.v1",
    "deals.events": "onboarding.HandoverCompleted.v1",
    "onboarding.events": "deals.DealReopened.v1",
    "feedback.events": "deals.DealClosedWon.v1",
}
"""By topic, a type that a reader of the topic takes, but from another topic."""
MANY = 4700


class Poisoner(Client):
    """One bad record after the other, each of another kind; good ones of the same deal around it."""

    pause = 0.5

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._deals = 0
        self._swollen = 0

    def act(self) -> None:
        """One poison on one topic."""
        topic, kinds = self.draw.choice(TOPICS), self._kinds()
        name = self.draw.choice(sorted(kinds))
        if name == "reused":
            self._reuse()
        elif name == "too_large":
            self._swell()
        elif name == "unreadable":
            self._unreadable(topic)
        else:
            self.publish([kinds[name](self._base(topic))])

    def _kinds(self) -> dict[str, Callable[[Outgoing], Outgoing]]:
        def same(record: Outgoing) -> Outgoing:
            return record

        return {
            "invalid": lambda record: replace(record, value=b"[]"),
            "not_json": lambda record: replace(record, value=b"{not json"),
            "no_value": lambda record: replace(record, value=None),
            "wrong_field": lambda record: replace(record, value=b'{"deal_id": 7, "account_id": 7}'),
            "unknown_type": lambda record: _typed(record, "elsewhere.Unheard.v1"),
            "wrong_topic": lambda record: _typed(record, ELSEWHERE[record.topic]),
            "not_text": lambda record: _with(record, "ce_source", b"\xff\xfe"),
            "no_id": lambda record: replace(record, headers=tuple(pair for pair in record.headers if pair[0] != "ce_id")),
            "empty_id": lambda record: _with(record, "ce_id", b""),
            "no_time": lambda record: _with(record, "ce_time", b"yesterday"),
            "unreadable": same,
            "reused": same,
            "too_large": same,
        }

    def _base(self, topic: str) -> Outgoing:
        key = f"{self.name}-{self.draw.randrange(20)}"
        return Outgoing.event(topic, key, OWN[topic], b"{}", self.next_id(), f"/chaos/{self.name}")

    def _open(self, id_: str, *, crowd: int = 0) -> Outgoing:
        self._deals += 1
        deal_id = f"{self.name}-deal-{self._deals}"
        team = [{"person_id": f"{n:0200}", "role": "a"} for n in range(crowd)]
        account = {"account_id": "account-0", "name": deal_id}
        body = {"deal_id": deal_id, "account": account, "owner_id": "owner-1", "opened_on": "2026-01-05", "team": team}
        return Outgoing.event("deals.commands", deal_id, "deals.OpenDeal.v1", json.dumps(body).encode(), id_, f"/chaos/{self.name}")

    def _reuse(self) -> None:
        """A good record, then its id around other content: the second is the dead letter, but only behind the first."""
        first = self._open(self.next_id())
        if self.publish_once(first):
            body = json.loads(first.value or b"") | {"owner_id": "another"}
            self.publish([replace(first, value=json.dumps(body).encode())])

    def _swell(self) -> None:
        """Small enough for its topic, with an effect that is too large; a megabyte each, so there are few."""
        if self._swollen < 2:
            self._swollen += 1
            self.publish([self._open(self.next_id(), crowd=MANY)])

    def _unreadable(self, topic: str) -> None:
        """A header name that is not UTF-8, in one producer batch with good records before and behind it."""
        good = [self._open(self.next_id()) for _ in range(2)]
        broken = self._base(topic)
        partition = partition_of(good[0].key or "", self.world.partitions)
        batch = [good[0], broken] if topic == "deals.commands" else [broken]
        sent = [Sent(f"{self.world.prefix}.{topic}", one.key or "", one.type, one.value, one.id, one.source) for one in batch]
        operations = [one.operation(self.name, self.world.prefix) for one in batch]
        try:
            publish_with_header_name(self.world.kafka, partition, sent, [len(sent) - 1], b"x-\xff\xfe")
            told = ACKNOWLEDGED
        except Exception:  # whatever aiokafka raises: the records may have arrived or not
            told = UNKNOWN
        self._end(operations, told)

    def _end(self, operations: list[Operation], told: str) -> None:
        for operation in operations:
            self.log.ended(operation, told)


def _with(record: Outgoing, name: str, content: bytes) -> Outgoing:
    return replace(record, headers=tuple((known, content if known == name else was) for known, was in record.headers))


def _typed(record: Outgoing, type_: str) -> Outgoing:
    return replace(_with(record, "ce_type", type_.encode()), type=type_)
