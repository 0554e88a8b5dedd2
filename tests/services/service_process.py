"""A service as a process on the stack under test, driven and watched from outside: HTTP, its topics, nothing else."""

import asyncio
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from chassis.bootstrap import bootstrap
from chassis.service import Service
from chassis.settings import Settings
from chassis.tokens import issue
from contracts.message import Message
from contracts.topics import Topic
from stack.addresses import Addresses
from tests.delivery.foreign import Publisher, Sent
from tests.delivery.instances import KEY, Instance, Json, end_all
from tests.delivery.waiting import PATIENCE, eventually
from tests.leftovers import remove_everything_of
from tests.services.events_topic import EventsTopic

SOURCE = "/tests"
"""Who publishes, as the envelope says."""


def token(subject: str, *roles: str) -> str:
    """A person's bearer token."""
    return issue(KEY, subject, list(roles), "baton", timedelta(hours=1))


def edited(shipped: Path, changes: Mapping[str, str], folder: Path) -> Path:
    """A copy of a policy in the folder. `changes`: texts of the shipped one, each of which stands there, and what replaces the first."""
    text = shipped.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def answers_of(answer: httpx.Response) -> list[Json]:
    """The lines of a bulk request's answer."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


class ServiceProcess:
    """A service with topics and a database of its own. `person` speaks in `roles` where a test does not say otherwise."""

    service: ClassVar[Service]
    person: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]

    def __init__(self, stack: Addresses, folder: Path, **environment: object) -> None:
        """`environment`: settings by their names without `BATON_`, besides those that every service has here."""
        self.stack, self.folder = stack, folder
        self.settings = Settings(kafka=stack.kafka, mongo=stack.mongo, prefix=f"t{uuid.uuid4().hex[:10]}", partitions=3)
        given = self.settings.model_dump(include={"kafka", "mongo", "prefix", "partitions"}) | {"timer_look": 0.1} | environment
        self._environment = {f"BATON_{name.upper()}": str(value) for name, value in given.items()}
        self._instances: list[Instance] = []
        self._publisher = Publisher(stack.kafka)
        self._topic: EventsTopic | None = None

    # ---- its life ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start a process of it, and wait until it is ready."""
        self._instances.append(Instance.start([f"services.{self.service.name}"], self._environment, self.folder))
        self._instances[-1].await_ready()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self._instances[-1].kill()

    def close(self) -> None:
        """End every process, and let the broker go."""
        end_all(self._instances)
        del self._publisher
        if self._topic:
            self._topic.close()

    @property
    def log(self) -> Path:
        """What the process writes."""
        return self._instances[-1].log

    # ---- HTTP -------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._instances[-1].url

    @property
    def client(self) -> httpx.Client:
        """Asks without a token; one for the whole process, for each new one costs a TLS context."""
        return self._instances[-1].client

    def headers(self, person: str, *roles: str) -> dict[str, str]:
        """A person's token."""
        return {"Authorization": f"Bearer {token(person, *roles)}"}

    def call(self, method: str, path: str, person: str | None = None, *roles: str, **more: Any) -> httpx.Response:
        """A request by a person with roles. `more`: what httpx takes."""
        headers = self.headers(person or self.person, *(roles or self.roles)) | more.pop("headers", {})
        return self.client.request(method, f"{self.url}{path}", headers=headers, **more)

    def get(self, path: str, person: str | None = None, *roles: str) -> Any:
        """What a query answers."""
        answer = self.call("GET", path, person, *roles)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bulk(self, path: str, lines: Iterable[Json], person: str, *roles: str) -> list[Json]:
        """The answers to a bulk request, in the order of its lines."""
        body = "\n".join(json.dumps(line) for line in lines)
        kind = {"Content-Type": "application/x-ndjson"}
        return answers_of(self.call("POST", path, person, *roles, content=body, headers=kind, timeout=4 * PATIENCE))

    # ---- its topics -------------------------------------------------------------------------------------------

    def publish(self, *messages: Message, ids: Iterable[str] = (), bearer: str | None = None) -> list[str]:
        """Put messages on their topics as a foreign publisher does; returns their ids. `ids`: theirs; new ones where there are none."""
        given = iter(ids)
        extra = (("authorization", bearer.encode()),) if bearer else ()
        sent = [self._sent(message, next(given, str(uuid.uuid4())), extra) for message in messages]
        self._publisher.publish(sent)
        return [record.id for record in sent]

    def erase(self, message: Message) -> None:
        """Put a tombstone where the message would be."""
        self._publisher.publish_bare(self._name(message.topic), message.key.encode(), None, [])

    def events(self, key: str) -> list[Json]:
        """What was told of a deal so far: type, id, subject, sequence and data, in the topic's order."""
        return self.all_events().get(key, [])

    def all_events(self) -> dict[str, list[Json]]:
        """As `events`, of every deal."""
        if self._topic is None:
            self._topic = EventsTopic(self.settings.kafka, self._name(self.service.topics.events), self.settings.partitions)
        return self._topic.read_on()

    def kinds(self, key: str) -> list[str]:
        """The names of a deal's events so far."""
        return [event["type"] for event in self.events(key)]

    def await_event(self, key: str, kind: str, count: int = 1) -> Json:
        """The latest event of a kind, once there are so many."""

        def found() -> Any:
            events = [event for event in self.events(key) if event["type"] == kind]
            return events[-1] if len(events) >= count else None

        event: Json = eventually(found, f"{count} {kind} of {key}")
        return event

    def _sent(self, message: Message, id_: str, extra: tuple[tuple[str, bytes], ...]) -> Sent:
        value = message.model_dump_json().encode()
        return Sent(self._name(message.topic), message.key, message.wire_type(), value, id_, SOURCE, extra)

    def _name(self, topic: Topic) -> str:
        return topic.name(self.settings.prefix)


P = TypeVar("P", bound=ServiceProcess)


@contextmanager
def running(process: P) -> Iterator[P]:
    """The service from its bootstrap to its end; what it leaves on the stack is removed."""
    try:
        asyncio.run(bootstrap([process.service], process.settings))
        process.start()
        yield process
    finally:
        process.close()
        remove_everything_of(process.settings.prefix, process.stack)
