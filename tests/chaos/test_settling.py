"""What a run waits for, where the client that looks is itself the trouble."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from tests.chaos import settling
from tests.chaos.settling import Settling
from tests.chaos.world import World

NOWHERE = "127.0.0.1:1"
WORLD = World(1, 30.0, "settling", 4, NOWHERE, f"mongodb://{NOWHERE}", "key", {}, faults_injected=True)


class Client:
    """The first of its kind holds on to metadata in which a topic has no partitions."""

    opened = 0

    def __init__(self, _: Any) -> None:
        Client.opened += 1
        self._confused = Client.opened == 1

    def get_watermark_offsets(self, *_: Any) -> tuple[int, int]:
        """The beginning and end of a partition."""
        if self._confused:
            raise KafkaException(KafkaError(KafkaError._UNKNOWN_PARTITION))
        return 0, 0

    def close(self) -> None:
        """Nothing is held."""


def test_a_client_that_does_not_know_a_partition_makes_room_for_a_fresh_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "Consumer", Client)
    monkeypatch.setattr(Settling, "_behind", lambda *_: ())
    monkeypatch.setattr(Settling, "_waiting", lambda *_: ())
    with Settling(WORLD, {"deals": ["baton.deals.commands"]}, unready=dict) as wait:
        assert wait.wait(patience=10) == []
        assert "Unknown partition" in wait.last or "UNKNOWN_PARTITION" in wait.last
    assert Client.opened == 2
