"""One service with topics and a database of its own, on a stack: publishing to it, running it, and the exactness check at the end."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]
from pymongo import MongoClient
from pymongo.database import Database

from chassis.bootstrap import bootstrap
from chassis.placing import partition_of
from chassis.settings import Settings
from stack.addresses import Addresses
from tests.delivery.foreign import Publisher, Sent
from tests.delivery.instances import Instance, end_all
from tests.delivery.log import Found, read_topic
from tests.delivery.probes import Probe
from tests.delivery.waiting import PATIENCE, eventually

PARTITIONS = 4
Document = dict[str, Any]


@dataclass
class System:
    """A service under test. `folder`: for logs and policies. `changes`: what was published to each aggregate, in order."""

    probe: Probe
    addresses: Addresses
    folder: Path
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}")
    instances: list[Instance] = field(default_factory=list)
    changes: dict[str, list[Sent]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client: MongoClient[Document] = MongoClient(self.addresses.mongo, tz_aware=True)
        self.publisher = Publisher(self.addresses.kafka)
        self.admin = AdminClient({"bootstrap.servers": self.addresses.kafka})

    def prepare(self) -> "System":
        """Make topics and collections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(bootstrap([self.probe.declared], self.settings()))
        return self

    def settings(self, **others: Any) -> Settings:
        """The settings of its instances."""
        where = {"kafka": self.addresses.kafka, "mongo": self.addresses.mongo, "prefix": self.prefix, "partitions": PARTITIONS}
        return self.probe.declared.settings.model_validate({**where, "jwt_key": "k" * 32, "session_timeout": self._session(), **others})

    @property
    def db(self) -> Database[Document]:
        """The service's database."""
        return self._client[self.probe.declared.database(self.prefix)]

    def close(self) -> None:
        """End its processes and connections."""
        end_all(self.instances)
        self._client.close()

    # ---- instances --------------------------------------------------------------------------------------------

    def start(self, *points: str, **environment: str) -> Instance:
        """Start an instance, with crash points if any are given; returns at once."""
        package = f"services.{self.probe.service}"
        arguments = ["tests.delivery.crashing", package, *points] if points else [package]
        instance = Instance.start(arguments, {**self.environment(), **environment}, self.folder)
        self.instances.append(instance)
        return instance

    def environment(self) -> dict[str, str]:
        """What instances read from the environment."""
        host, port = self.addresses.smtp.split(":")
        environment = {
            "BATON_KAFKA": self.addresses.kafka,
            "BATON_MONGO": self.addresses.mongo,
            "BATON_PREFIX": self.prefix,
            "BATON_PARTITIONS": str(PARTITIONS),
            "BATON_SESSION_TIMEOUT": str(self._session()),
            "BATON_REBALANCE_TIMEOUT": "10",
            "BATON_TIMER_LOOK": "0.1",
            "BATON_SMTP_HOST": host,
            "BATON_SMTP_PORT": port,
        }
        if text := self.probe.policy_text():
            policy = self.folder / "policy.yaml"
            policy.write_text(text)
            environment["BATON_POLICY"] = str(policy)
        return environment

    def _session(self) -> int:
        """The shortest session that this broker allows, and not below four seconds: a machine under load misses heartbeats."""
        if not hasattr(self, "_shortest"):
            resource = ConfigResource(ConfigResource.Type.BROKER, str(min(self.admin.list_topics(timeout=20).brokers)))
            config = self.admin.describe_configs([resource])[resource].result(20)
            self._shortest = max(4, -(-int(config["group.min.session.timeout.ms"].value) // 1000))
        return self._shortest

    # ---- messages ---------------------------------------------------------------------------------------------

    def next_changes(self, keys: Iterable[str], times: int = 1) -> list[Sent]:
        """The next changes of these aggregates, `times` of each, in rounds; remembered as what the service must have taken."""
        sent = []
        keys = list(keys)
        for _ in range(times):
            for key in keys:
                known = self.changes.setdefault(key, [])
                known.append(self.probe.sent(self.prefix, key, len(known)))
                sent.append(known[-1])
        return sent

    def publish(self, keys: Iterable[str], times: int = 1) -> list[Sent]:
        """Publish the next changes of these aggregates."""
        sent = self.next_changes(keys, times)
        self.publisher.publish(sent)
        return sent

    def topic(self, kind: str, service: str | None = None) -> str:
        """The name of one of the service's topics, such as `events`."""
        return f"{self.prefix}.{service or self.probe.service}.{kind}"

    def read(self, kind: str) -> list[Found]:
        """A topic of the service, read back."""
        return read_topic(self.addresses.kafka, self.topic(kind))

    def lane(self, key: str) -> int:
        """The lane of an aggregate."""
        return partition_of(key, PARTITIONS)

    # ---- what became of them ----------------------------------------------------------------------------------

    def aggregate(self, key: str) -> Document | None:
        """An aggregate's document."""
        return self.db[self.probe.collection].find_one({"_id": key})

    def await_taken(self) -> None:
        """Wait until every change is taken, published or not."""
        eventually(lambda: self._taken(self.changes), f"{self.probe.service} has taken every change", told=self._waits)

    def await_settled(self, keys: Iterable[str] | None = None, seconds: float = PATIENCE) -> None:
        """Wait until every change of these aggregates (all, if none are named) is taken and everything is published."""
        wanted = list(self.changes if keys is None else keys)

        def settled() -> bool:
            return self._taken(wanted) and self.db.outbox.count_documents({}) == 0

        eventually(settled, f"{self.probe.service} has taken every change and published all", seconds, self._waits)

    def _taken(self, keys: Iterable[str]) -> bool:
        wanted = {key: len(self.changes[key]) for key in keys}
        found = self.db[self.probe.collection].find({"_id": {"$in": list(wanted)}}, {"applied": 1})
        return {document["_id"]: document["applied"] for document in found} == wanted

    def _waits(self) -> str:
        done = {d["_id"]: d["applied"] for d in self.db[self.probe.collection].find({}, {"applied": 1})}
        short = {key: (done.get(key), len(sent)) for key, sent in self.changes.items() if done.get(key) != len(sent)}
        letters = Counter((letter["reason"], letter["message"]) for letter in self.db.dead_letters.find())
        logs = "\n".join(
            f"{instance.unready() if instance.running and not instance.frozen else 'ended or frozen'} {instance.last_words()}"
            for instance in self.instances[-3:]
        )
        return f"taken and sent: {dict(list(short.items())[:5])}; outbox {self.db.outbox.count_documents({})}; letters {letters}; {logs}"

    def letters(self, *status: str) -> list[Document]:
        """Its dead letters, in the order of their offsets."""
        where = {"status": {"$in": status}} if status else {}
        return list(self.db.dead_letters.find(where, sort=[("topic", 1), ("partition", 1), ("offset", 1)]))

    def forget_inbox(self) -> None:
        """Empty the inbox, so that nothing but the fence stands between a message and its second effect."""
        self.db.inbox.delete_many({})

    # ---- exactness --------------------------------------------------------------------------------------------

    def check(self, keys: Iterable[str] | None = None, *, letters: int = 0, inbox: bool = True) -> None:
        """Each change had its effect once: in the state, in the inbox, on the topics, in order and without a gap; nothing else died.

        `letters`: how many other messages under these keys are dead letters. `inbox` False: it was emptied on the way.
        """
        keys = keys if keys is None else list(keys)
        wanted = {key: self.changes[key] for key in (self.changes if keys is None else keys)}
        for key, sent in wanted.items():
            document = self.aggregate(key)
            assert document is not None, f"{key} does not exist"
            assert document["applied"] == len(sent), f"{key}: {document['applied']} of {len(sent)} changes"
            assert self.probe.mark(document["state"]) == len(sent) - 1, f"{key} shows another change than the last"
        if inbox:
            self._check_inbox([one for sent in wanted.values() for one in sent])
        self._check_published(wanted)
        found = [letter for letter in self.letters("open") if keys is None or letter["key"] in wanted]
        assert len(found) == letters, [(letter["reason"], letter["message"], letter["key"]) for letter in found]

    def _check_inbox(self, sent: Sequence[Sent]) -> None:
        ids = {self.probe.row(one) for one in sent}
        rows = {row["_id"]: row["r"] for row in self.db.inbox.find({"_id": {"$in": list(ids)}})}
        assert rows == dict.fromkeys(ids, "done")

    def _check_published(self, wanted: dict[str, list[Sent]]) -> None:
        """First occurrences in the order of the changes, sequences without a gap, repeats with the same bytes."""
        topics = {message.topic.kind.value for message in self.probe.emits(1)}
        key_of = {sent.id: key for key, some in wanted.items() for sent in some}
        firsts: dict[str, Found] = {}
        order: dict[str, list[Found]] = {key: [] for key in wanted}
        for record in (record for kind in topics for record in self.read(kind)):
            if (key := key_of.get(record.causation)) is None:
                continue
            first = firsts.setdefault(record.id, record)
            assert (first.value, first.headers) == (record.value, record.headers), f"{record.id} was published with other bytes"
            if first is record:
                order[key].append(record)
        for key, sent in wanted.items():
            expected = [(one.id, message.wire_type()) for n, one in enumerate(sent) for message in self.probe.emits(n)]
            assert [(record.causation, record.type) for record in order[key]] == expected, (
                f"{key}: events out of order, missing or too many"
            )
            numbers = [record.sequence for record in order[key] if record.sequence]
            assert numbers == list(range(1, len(numbers) + 1)), f"{key}: sequence {numbers}"
