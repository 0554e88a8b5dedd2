"""The watch over offsets: what counts as ahead of a fence, and that a watch which saw nothing says so."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from pymongo.errors import AutoReconnect

from tests.chaos import watching
from tests.chaos.watching import Ahead, Spot, Watch, ahead
from tests.chaos.world import ServicePlace, World

NOWHERE = "127.0.0.1:1"
SPOT = Spot("run.deals", "run.deals.commands", 2)
PLACES = {"deals": ServicePlace((), "run_deals", SPOT.group)}
WORLD = World(1, 30.0, "run", 4, NOWHERE, f"mongodb://{NOWHERE}", "key", PLACES, faults_injected=True)


@pytest.mark.parametrize("fence", [17, 18, 1000])
def test_an_offset_up_to_its_fence_is_in_order(fence: int) -> None:
    assert ahead({SPOT: 17}, {SPOT.fence: fence}) == []


def test_an_offset_behind_its_fence_by_one_record_is_ahead() -> None:
    assert ahead({SPOT: 18}, {SPOT.fence: 17}) == [Ahead(SPOT, 18, 17)]


def test_where_there_is_no_fence_every_offset_is_ahead() -> None:
    assert ahead({SPOT: 1}, {}) == [Ahead(SPOT, 1, 0)]
    assert ahead({SPOT: 0}, {}) == []


def test_each_partition_is_compared_with_its_own_fence() -> None:
    other = SPOT._replace(partition=3)
    assert ahead({SPOT: 5, other: 5}, {SPOT.fence: 4, other.fence: 6}) == [Ahead(SPOT, 5, 4)]


def test_what_is_ahead_is_said_with_group_topic_partition_and_both_numbers() -> None:
    words = str(Ahead(SPOT, 18, 17))
    assert words == "run.deals has committed 18 of run.deals.commands:2, and its fence, read afterwards, is 17"


class Asking:
    """A consumer of the group of SPOT: is told one offset, or an error."""

    def __init__(self, seen: list[str], offset: int = 18, error: Exception | None = None) -> None:
        self._seen, self._offset, self._error = seen, offset, error

    def committed(self, spots: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        """As Consumer does."""
        self._seen.append("offsets")
        if self._error:
            raise self._error
        return [TopicPartition(spot.topic, spot.partition, self._offset) for spot in spots if spot.partition == SPOT.partition]

    def close(self) -> None:
        """Nothing is held."""


def _watch(monkeypatch: pytest.MonkeyPatch, seen: list[str], fences: dict[str, int], **answer: Any) -> Watch:
    def read(_: Watch) -> dict[str, int]:
        seen.append("fences")
        return fences

    monkeypatch.setattr(watching, "Consumer", lambda _: Asking(seen, **answer))
    monkeypatch.setattr(Watch, "_fences", read)
    return Watch(WORLD, {"deals": [SPOT.topic]})


def test_fences_are_read_after_the_offsets_and_the_first_offset_that_is_ahead_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fences = {SPOT.fence: 17}
    watch = _watch(monkeypatch, seen, fences)
    watch.look()
    fences[SPOT.fence] = 16
    watch.look()
    assert seen == ["offsets", "fences"] * 2
    assert watch.found == {SPOT: Ahead(SPOT, 18, 17)}
    assert (watch.looks, watch.shortcoming()) == (2, None)


@pytest.mark.parametrize("error", [KafkaException(KafkaError(KafkaError._TIMED_OUT)), AutoReconnect()])
def test_a_server_that_is_away_makes_one_look_blind(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    watch = _watch(monkeypatch, [], {}, error=error)
    watch.look()
    assert (watch.looks, watch.blind) == (0, 1)
    assert watch.shortcoming() == "no offset was ever seen beside its fence"


def test_a_group_that_has_committed_nothing_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = _watch(monkeypatch, [], {}, offset=-1001)
    watch.look()
    assert watch.looks == 0
    assert watch.shortcoming()


def test_a_watch_that_ended_before_its_time_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK", 0.01)
    with _watch(monkeypatch, [], {}, error=RuntimeError("a mistake in the watch")) as watch:
        watch._thread.join(10)
    assert "a mistake in the watch" in (watch.shortcoming() or "")
