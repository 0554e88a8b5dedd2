"""Causal order of a journey's entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.journey import Entry, in_causal_order


def entry(id: str | None, cause: str | None = None, at: int = 0, offset: int = 0, topic: str = "baton.deals.events") -> Entry:
    return Entry(topic, 0, offset, "deals.X.v1", id, f"2026-01-01T00:00:{at:02}.000000Z", "/baton/deals", "D1", cause, {})


def ids(*entries: Entry) -> list[str | None]:
    return [found.id for found in in_causal_order(entries)]


@pytest.mark.requirement("X2")
def test_a_cause_stands_before_what_follows_from_it_whatever_the_clocks_say() -> None:
    """Clocks of two machines differ; causation does not."""
    assert ids(entry("effect", "cause", at=1), entry("cause", at=2)) == ["cause", "effect"]


def test_what_is_not_related_is_ordered_by_time_and_then_by_offset() -> None:
    assert ids(entry("c", at=2), entry("b", at=1, offset=9), entry("a", at=1, offset=3)) == ["a", "b", "c"]


def test_an_effect_whose_cause_is_not_in_the_log_stands_by_its_time() -> None:
    assert ids(entry("b", "a request over HTTP", at=2), entry("a", at=1)) == ["a", "b"]


def test_a_message_forwarded_under_its_id_follows_its_original() -> None:
    private = entry("m", at=1, topic="baton.a.private")
    original = entry("m", at=1, topic="baton.deals.events")
    assert [found.topic for found in in_causal_order([original, private])] == ["baton.a.private", "baton.deals.events"]


def test_forged_causes_that_go_round_in_a_circle_lose_no_entry() -> None:
    assert sorted(filter(None, ids(entry("a", "b"), entry("b", "a", at=1), entry("self", "self", at=2)))) == ["a", "b", "self"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 59)), max_size=30, unique_by=lambda t: t[0]))
def test_any_forest_of_causes_is_told_whole_and_causes_first(made: list[tuple[int, int, int]]) -> None:
    entries = [entry(str(id), str(cause) if cause < id else None, at) for id, cause, at in made]
    ordered = in_causal_order(entries)
    place = {found.id: index for index, found in enumerate(ordered)}
    assert len(ordered) == len(entries)
    assert all(place[found.causation_id] < place[found.id] for found in ordered if found.causation_id in place)
