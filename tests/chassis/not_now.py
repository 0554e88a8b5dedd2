"""A broker that says "not now" for one topic, again and again: what comes between a real one and every producer."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NotEnoughReplicasError
from aiokafka.protocol.produce import ProduceRequest


class NotNow:
    """A broker's answer for one topic while too few of its replicas are in sync: the client tries again, and again. `over`: it takes it.

    `leaderless`: behind the first answer the partition has no leader, and the client keeps what it has to send.
    """

    def __init__(self, topic: str, pause: float = 0, leaderless: bool = False) -> None:
        self._topic, self._pause, self._leaderless, self.over = topic, pause, leaderless, False
        self.asked = 0
        self.producers: list[AIOKafkaProducer] = []

    async def begin(self, monkeypatch: pytest.MonkeyPatch, kafka: str) -> None:
        """Make the topic, and come between it and every producer that starts."""
        admin, start = AIOKafkaAdminClient(bootstrap_servers=kafka), AIOKafkaProducer.start
        await admin.start()
        await admin.create_topics([NewTopic(self._topic, 1, 1)])
        await admin.close()

        async def started(producer: AIOKafkaProducer) -> None:
            await start(producer)
            self.between(producer)

        monkeypatch.setattr(AIOKafkaProducer, "start", started)

    def between(self, producer: AIOKafkaProducer) -> None:
        """Come between the producer and the broker."""
        send = producer.client.send
        self.producers.append(producer)

        async def answered(node: int, request: Any, **more: Any) -> Any:
            mine = [one for one in getattr(request, "_topics", ()) if one[0] == self._topic]
            if self.over or not isinstance(request, ProduceRequest) or not mine:
                return await send(node, request, **more)
            self.asked += 1
            await asyncio.sleep(self._pause)
            if self._leaderless:
                producer.client.cluster.leader_for_partition = lambda partition: -1
            request._topics = [one for one in request._topics if one not in mine]
            answer = await send(node, request, **more) if request._topics else SimpleNamespace(API_VERSION=7, topics=[])
            refused = [(name, [(partition, NotEnoughReplicasError.errno, -1, -1, 0) for partition, _ in some]) for name, some in mine]
            return SimpleNamespace(API_VERSION=7, topics=[*answer.topics, *refused])

        producer.client.send = answered
