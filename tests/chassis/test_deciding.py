"""The fold of messages into a workspace: each one as a whole or not at all."""

import gc
import weakref
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.deciding import Kind, decide
from chassis.decision import Decision, DomainError, Timer
from chassis.incoming import Death, Reason
from chassis.workspace import DEAD, DONE, Workspace
from contracts.feedback import SurveyDue
from tests.chassis.given import NOW, Tally, Value, a_command, a_deployment, a_workspace, count, opened, published

PLACE = ("tallies", "deal-1")


def _told(workspace: Workspace) -> int:
    stored = workspace.stored.get(PLACE)
    assert stored is None or isinstance(stored.state, Tally)
    return stored.state.told if stored and isinstance(stored.state, Tally) else 0


@given(ids=st.lists(st.integers(0, 5), max_size=20))
def test_each_id_has_its_effect_once_within_a_batch(ids: list[int]) -> None:
    """However often an id comes in one batch: one change, one inbox row, one event, and sequences without a gap."""
    deployment = a_deployment()
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    outcomes = [decide(workspace, page, a_command(deployment, id_=str(id_))).kind for id_ in ids]
    distinct = len(set(ids))
    assert (_told(workspace), len(workspace.rows), len(page.packed)) == (distinct, distinct, distinct)
    assert outcomes.count(Kind.CHANGED) == distinct
    assert [dict(record.headers)["ce_sequence"] for record in published(page)] == [str(n + 1).encode() for n in range(distinct)]


def test_a_message_of_another_lane_is_forwarded_and_not_decided() -> None:
    """An aggregate has a single writer: what came under another key goes to its own lane first, with the same id and bytes."""
    deployment = a_deployment()
    workspace = a_workspace(deployment)
    m = a_command(deployment)
    elsewhere = (m.lane + 1) % 12
    assert isinstance(m.record, Value)
    m.record = replace(m.record, partition=elsewhere)
    page = workspace.page(elsewhere, [])
    assert decide(workspace, page, m).kind is Kind.FORWARDED
    (record,) = published(page)
    assert (record.topic, record.partition, record.value) == ("baton.deals.private", m.lane, m.record.value)
    assert (workspace.rows, workspace.stored) == ([], {})


@pytest.mark.parametrize("generation", [0, 1, 3])
def test_a_timer_of_another_generation_is_nothing_to_do(generation: int) -> None:
    """Moved or cancelled while it fired: the aggregate knows a later setting, and the decider is not even asked."""

    def decider(tally: Tally | None, message: Any, context: Any) -> Decision[Tally] | None:
        due = SurveyDue(deal_id=message.key, cycle=1, survey_id="s", due_at=NOW)
        timers = [Timer("due", due, NOW + timedelta(hours=1))] if (tally.told if tally else 0) < 2 else []
        return Decision(Tally(told=(tally.told if tally else 0) + 1), timers=timers)

    deployment = a_deployment(decider)
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    for n in range(2):
        decide(workspace, page, a_command(deployment, id_=f"set-{n}"))
    assert workspace.stored[PLACE].timers == {"due": 2}
    stale = a_command(deployment, id_="stale", timer=("due", generation))
    assert (decide(workspace, page, stale).kind, _told(workspace)) == (Kind.NOTHING, 2)
    current = a_command(deployment, id_="current", timer=("due", 2))
    assert (decide(workspace, page, current).kind, _told(workspace)) == (Kind.CHANGED, 3)


def test_deleting_an_aggregate_cancels_every_timer_that_it_ever_set() -> None:
    """Guarantee: nothing rings for what is no more, nor for what is made again under its key; other aggregates' timers stay."""

    def decider(tally: Tally | None, message: Any, context: Any) -> Decision[Tally] | None:
        if context.message_id == "delete":
            return Decision(None)
        due = SurveyDue(deal_id=message.key, cycle=1, survey_id="s", due_at=NOW)
        return Decision(Tally(), timers=[Timer(context.message_id, due, NOW + timedelta(hours=1))])

    deployment = a_deployment(decider)
    first, second = a_workspace(deployment), a_workspace(deployment)
    for id_, key in (("one", "deal-1"), ("two", "deal-1"), ("three", "deal-2")):
        decide(first, first.page(0, []), a_command(deployment, id_=id_, key=key))
    second.stored, second.loaded = dict(first.stored), set(first.stored)
    for workspace in (first, second):  # in the batch that sets them, and in a later one
        decide(workspace, workspace.page(0, []), a_command(deployment, id_="delete"))
        cancelled = {id_ for id_, document in workspace.timers.items() if document is None}
        assert cancelled == {"tallies|deal-1|one", "tallies|deal-1|two"}
        assert PLACE not in workspace.stored
    assert first.timers["tallies|deal-2|three"] is not None


def test_an_exception_in_a_decider_leaves_everything_as_it_was_and_buries_the_message() -> None:
    deployment = a_deployment()
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    decide(workspace, page, a_command(deployment, id_="good"))

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a decider's own fault")

    bad = a_command(a_deployment(broken), id_="bad")
    outcome = decide(workspace, page, bad)
    assert outcome.death is not None
    assert (outcome.kind, outcome.death.reason) == (Kind.DEAD, Reason.FAILED)
    assert (_told(workspace), len(workspace.letters)) == (1, 1)
    assert [row["r"] for row in workspace.rows] == [DONE, DEAD]
    assert decide(workspace, page, a_command(deployment, id_="next")).kind is Kind.CHANGED


def test_a_rule_that_says_no_answers_a_command_and_buries_an_event() -> None:
    """A refused command is published and remembered as done; an event that a rule refuses is a dead letter. Neither changes the state."""

    def refuse(*_: Any) -> None:
        raise DomainError("no, because of a rule")

    deployment = a_deployment(refuse)
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    assert decide(workspace, page, a_command(deployment, id_="command")).kind is Kind.REFUSED
    assert [dict(record.headers)["ce_type"] for record in published(page)] == [b"deals.DealCommandRefused.v1"]
    outcome = decide(workspace, page, a_command(deployment, id_="event", line="score"))
    assert outcome.death is not None
    assert (outcome.kind, outcome.death.reason, outcome.death.detail) == (Kind.DEAD, Reason.REFUSED, "no, because of a rule")
    assert (workspace.changed, len(workspace.letters)) == ({}, 1)


@pytest.mark.parametrize("line", ["open", "score"])
def test_what_was_decided_is_freed_without_the_garbage_collector(line: str) -> None:
    """Guarantee: the memory of a batch is given back when it is written, even while somebody still holds the outcome of a refusal."""

    def refuse(*_: Any) -> None:
        raise DomainError("no, because of a rule")

    deployment = a_deployment(refuse)
    workspace = a_workspace(deployment)
    freed = weakref.ref(workspace)
    gc.disable()
    try:
        outcome = decide(workspace, workspace.page(deployment.lane_of("deal-1"), []), a_command(deployment, line=line))
        del workspace
        assert outcome.error is not None
        assert freed() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("what", ["state", "event"])
def test_what_is_too_large_is_refused_as_a_whole(what: str) -> None:
    """The size is checked before anything enters the workspace: not the first event, not the timer, not the state."""

    def swell(tally: Tally | None, message: Any, context: Any) -> Decision[Tally]:
        note = "x" * (2 << 20) if what == "state" else ""
        large = opened(message.key).model_copy(update={"stage": "x" * 1_000_000})
        return Decision(Tally(told=1, note=note), events=[opened(message.key), *([large] if what == "event" else [])])

    deployment = a_deployment(swell)
    workspace = a_workspace(deployment, careful=True)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    outcome = decide(workspace, page, a_command(deployment))
    assert outcome.death is not None
    assert outcome.death.reason is Reason.TOO_LARGE
    assert (workspace.stored, workspace.changed) == ({}, {})
    assert [record.topic for record in published(page)] == ["baton.deals.dead-letters"]


def test_an_id_seen_dead_is_passed_over_unless_it_is_redriven() -> None:
    """The redrive of a dead letter goes through its line and turns its row to done; the second one finds it done."""
    deployment = a_deployment()
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    first = a_command(deployment)
    workspace.inbox[first.inbox_id] = (first.digest, DEAD)
    assert decide(workspace, page, first).kind is Kind.SEEN
    redriven = a_command(deployment, redrive="letter-1")
    assert decide(workspace, page, redriven).kind is Kind.CHANGED
    assert [(row["_id"], row["r"]) for row in workspace.reopened] == [(first.inbox_id, DONE)]
    assert decide(workspace, page, a_command(deployment, redrive="letter-1")).kind is Kind.SEEN
    assert _told(workspace) == 1


def test_an_id_used_again_with_other_content_is_buried() -> None:
    deployment = a_deployment()
    workspace = a_workspace(deployment)
    page = workspace.page(deployment.lane_of("deal-1"), [])
    decide(workspace, page, a_command(deployment))
    outcome = decide(workspace, page, a_command(deployment, digest=b"other"))
    assert outcome.death is not None
    assert outcome.death.reason is Reason.ID_REUSED
    assert _told(workspace) == 1


def test_a_page_lies_behind_every_aggregate_in_it() -> None:
    """Clocks that go backwards, or differ, do not turn an aggregate's events round."""
    deployment = a_deployment(count)
    earlier = a_workspace(deployment)
    m = a_command(deployment)
    first = earlier.page(m.lane, [m])
    decide(earlier, first, m)
    later = a_workspace(deployment)
    later.now = earlier.now - 2_000_000
    later.stored = dict(earlier.stored)
    second = later.page(m.lane, [a_command(deployment, id_="m-2")])
    assert second.position == first.position + 1
    decide(later, second, a_command(deployment, id_="m-2"))
    assert later.stored["tallies", "deal-1"].position == second.position


class Inbox:
    """Remembers one id."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def find(self, wanted: Any, *_: Any, **__: Any) -> Any:
        """The row, if it is asked for."""
        found = [self._row] if self._row["_id"] in wanted["_id"]["$in"] else []

        class Cursor:
            async def to_list(self, _: Any) -> list[dict[str, Any]]:
                return found

        return Cursor()


async def test_the_inbox_is_asked_about_what_dies_in_the_wrong_lane() -> None:
    """Guarantee: a record that kills, and whose id is known already, is a dead letter or passed over; inserted again it would be a
    conflict for ever."""
    deployment = a_deployment()
    m = a_command(deployment, death=Death(Reason.CRASHED, "it killed the process three times"))
    assert isinstance(m.record, Value)
    m.record.partition = m.lane + 1
    workspace = a_workspace(deployment)
    workspace.database = SimpleNamespace(inbox=Inbox({"_id": m.inbox_id, "h": m.digest, "r": DONE}))  # type: ignore[assignment]
    await workspace.load([m], None)  # type: ignore[arg-type]
    assert decide(workspace, workspace.page(m.record.partition, []), m).kind is Kind.SEEN
