"""Aggregates as documents, over schema versions."""

from dataclasses import replace
from typing import Any

import bson
import pytest

from chassis.mongo import Conflict
from chassis.stored import Stored, TooLarge
from tests.chassis.given import TALLY, Tally


def _document(**changes: Any) -> dict[str, Any]:
    stored = Stored("deal-1", Tally(told=3), sequence=3, position=99, applied=4, timers={"due": 2})
    return {**bson.decode(stored.encode(TALLY, 5)), **changes}


def test_a_document_read_back_is_the_aggregate_that_was_written() -> None:
    assert Stored.read(TALLY, _document()) == Stored("deal-1", Tally(told=3), 3, 99, 4, {"due": 2})


def test_an_older_document_is_lifted_step_by_step() -> None:
    """Each lift takes one version to the next: two versions behind runs both, in order."""
    lifts = {1: lambda state: {"count": state["old"]}, 2: lambda state: {"told": state["count"] * 10}}
    kind = replace(TALLY, schema=3, lifts=lifts)
    assert Stored.read(kind, _document(schema=1, state={"old": 4})).state == Tally(told=40)
    assert Stored.read(kind, _document(schema=2, state={"count": 4})).state == Tally(told=40)


def test_a_document_of_a_newer_build_is_refused_and_says_so() -> None:
    """Written by this build it would lose fields; it is no dead letter either: the build that knows it comes back."""
    with pytest.raises(Conflict, match="'deal-1' has schema 2, newer than 1"):
        Stored.read(TALLY, _document(schema=2))


def test_a_document_larger_than_the_limit_is_refused_before_it_is_written() -> None:
    with pytest.raises(TooLarge, match="the tally would have"):
        Stored("deal-1", Tally(note="x" * (1 << 20))).encode(TALLY, 0)
