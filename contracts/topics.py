"""The topics of each service: what they carry, how long they keep it, and how large a record may be."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DEFAULT_PREFIX = "baton"
DEFAULT_PARTITIONS = 12
RECORD_LIMIT = 1 << 20
"""Bytes of the largest record that a topic takes, headers apart."""


class Kind(StrEnum):
    """What a topic is for."""

    EVENTS = "events"
    COMMANDS = "commands"
    PRIVATE = "private"
    DEAD_LETTERS = "dead-letters"
    PEOPLE = "people"


@dataclass(frozen=True)
class Topic:
    """A topic of one service; its name on the broker depends on the system's prefix."""

    service: str
    kind: Kind

    def name(self, prefix: str = DEFAULT_PREFIX) -> str:
        """The topic's name on the broker, such as `baton.deals.events`."""
        return f"{prefix}.{self.service}.{self.kind.value}"

    @property
    def compacted(self) -> bool:
        """Whether the topic keeps the last record of each key for ever, and drops a key at its tombstone."""
        return self.kind is Kind.PEOPLE

    @property
    def retention(self) -> timedelta:
        """How long a record is kept. An inbox remembers ids for longer than any of these."""
        return timedelta(days=28) if self.kind is Kind.DEAD_LETTERS else timedelta(days=7)

    @property
    def record_limit(self) -> int:
        """Bytes of the largest record; a dead letter carries its first record and the headers that say why."""
        return 2 * RECORD_LIMIT if self.kind is Kind.DEAD_LETTERS else RECORD_LIMIT

    @property
    def batch_limit(self) -> int:
        """Bytes of the largest batch, Kafka's `max.message.bytes`: a record, its headers and what is around them. What is forwarded on a
        private topic has come from another topic, and has more headers than there."""
        return self.record_limit + ((128 if self.kind is Kind.PRIVATE else 64) << 10)


@dataclass(frozen=True)
class ServiceTopics:
    """The topics that one service owns."""

    service: str
    has_people: bool = False

    @property
    def events(self) -> Topic:
        """Facts that the service publishes, for anybody."""
        return Topic(self.service, Kind.EVENTS)

    @property
    def commands(self) -> Topic:
        """Requests to the service, from anybody permitted."""
        return Topic(self.service, Kind.COMMANDS)

    @property
    def private(self) -> Topic:
        """The service's messages to itself: re-keyed messages, timers, redrives."""
        return Topic(self.service, Kind.PRIVATE)

    @property
    def dead_letters(self) -> Topic:
        """Copies of the messages that the service could not take."""
        return Topic(self.service, Kind.DEAD_LETTERS)

    @property
    def people(self) -> Topic:
        """Names and addresses by person id, compacted."""
        return Topic(self.service, Kind.PEOPLE)

    def all(self) -> tuple[Topic, ...]:
        """Every topic that the bootstrap step makes for the service."""
        topics = (self.events, self.commands, self.private, self.dead_letters)
        return (*topics, self.people) if self.has_people else topics


DEALS = ServiceTopics("deals", has_people=True)
ONBOARDING = ServiceTopics("onboarding")
NOTIFICATIONS = ServiceTopics("notifications", has_people=True)
FEEDBACK = ServiceTopics("feedback")
SERVICES = (DEALS, ONBOARDING, NOTIFICATIONS, FEEDBACK)


def all_topics() -> tuple[Topic, ...]:
    """Every topic of the system."""
    return tuple(topic for service in SERVICES for topic in service.all())
