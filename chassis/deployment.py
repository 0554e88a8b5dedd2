"""A service as it runs here: its declaration, settings and policy, and the names that follow from them. Knows no connection."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chassis.placing import partition_of
from chassis.reading import Reader
from chassis.service import Service, topic_names
from chassis.settings import Settings
from chassis.tokens import Tokens
from contracts.topics import Topic


@dataclass(frozen=True)
class Deployment:
    """What deciding, committing and publishing need to know of the service."""

    service: Service
    settings: Settings
    policy: Any
    tokens: Tokens

    @classmethod
    def of(cls, service: Service, settings: Settings) -> "Deployment":
        """The deployment under these settings.

        Raises:
            PolicyError: the policy file cannot be used.
        """
        return cls(service, settings, service.load_policy(settings), Tokens(settings))

    @cached_property
    def source(self) -> str:
        """The CloudEvents source of what the service publishes."""
        return f"/{self.settings.prefix}/{self.service.name}"

    @cached_property
    def group(self) -> str:
        """The consumer group."""
        return self.service.group(self.settings.prefix)

    @cached_property
    def subscribed(self) -> dict[str, Topic]:
        """Topics that are read, by their name on the broker."""
        return topic_names(self.service.subscribed, self.settings.prefix)

    @cached_property
    def private_topic(self) -> str:
        """The name of the service's private topic."""
        return self.name_of(self.service.topics.private)

    def name_of(self, topic: Topic) -> str:
        """A topic's name on the broker."""
        return topic.name(self.settings.prefix)

    def lane_of(self, key: str) -> int:
        """The lane, which is the partition number, of a key."""
        return partition_of(key, self.settings.partitions)

    def reader(self) -> Reader:
        """A reader of the topics that the service subscribes to."""
        return Reader(self.service.lines, self.subscribed, self.settings.partitions, self.tokens)
