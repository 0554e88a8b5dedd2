"""Reading records: whatever bytes come, nothing is raised, and what cannot be read says why."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import headers as names
from chassis.incoming import Incoming, Reason
from chassis.people import COPY_CUSTOMERS, PersonErased
from chassis.reading import Reader
from chassis.settings import Settings
from chassis.tokens import Tokens
from contracts.topics import DEALS
from tests.chassis.given import Value, a_command, a_deployment

HEADERS = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/elsewhere"),
    ("ce_type", b"deals.OpenDeal.v1"),
    ("ce_time", b"2026-03-02T09:00:00Z"),
]
KNOWN = sorted({name for name, _ in HEADERS} | {names.AUTHORIZATION, names.LINE, names.ORIGIN, names.ACTOR, names.TIMER, names.GENERATION})
header = st.tuples(st.sampled_from(KNOWN) | st.text(max_size=10), st.none() | st.binary(max_size=40))
topics = st.sampled_from(["baton.deals.commands", "baton.onboarding.events", "baton.deals.private"])


def _reader() -> Reader:
    return a_deployment().reader()


def _with(**changed: bytes | None) -> list[tuple[str, bytes]]:
    kept = [(name, value) for name, value in HEADERS if name not in changed]
    return kept + [(name, value) for name, value in changed.items() if value is not None]


@given(
    topic=topics, key=st.none() | st.binary(max_size=20), value=st.none() | st.binary(max_size=50), headers=st.lists(header, max_size=12)
)
def test_no_bytes_make_the_reader_raise(topic: str, key: bytes | None, value: bytes | None, headers: Any) -> None:
    """Every record is messages for lines, a death with a reason, or passed over."""
    messages = _reader().read(Value(topic=topic, key=key, value=value, headers=headers))
    assert messages
    assert all(m.death or m.passed or (m.line and m.body) for m in messages)


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_no_json_makes_the_reader_raise(value: Any) -> None:
    """JSON that is not the message is invalid, in one sentence that does not repeat the content."""
    (m,) = _reader().read(Value(value=json.dumps(value).encode(), headers=HEADERS))
    assert m.death is not None
    assert m.death.reason is Reason.INVALID


@pytest.mark.parametrize(
    ("changed", "topic", "reason"),
    [
        ({"ce_type": b"deals.Unheard.v1"}, "baton.deals.commands", Reason.UNKNOWN_TYPE),
        ({"ce_type": b"onboarding.PackageScored.v1"}, "baton.deals.commands", Reason.WRONG_TOPIC),
        ({"ce_type": None}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_id": None}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_source": b"\xff"}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_source": b"/" * 201}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_source": b"/elsewhere\n"}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_time": b"yesterday"}, "baton.deals.commands", Reason.HEADERS),
        ({"ce_time": b"2026-03-02T09:00:00"}, "baton.deals.commands", Reason.HEADERS),
        ({names.UNREADABLE: b"no such codec"}, "baton.deals.commands", Reason.UNREADABLE),
    ],
)
def test_what_cannot_be_routed_says_why(changed: dict[str, bytes | None], topic: str, reason: Reason) -> None:
    """Routing is by topic and type, never by type alone; a type that this build does not know is not passed over."""
    m = a_command(a_deployment())
    assert m.record is not None
    (read,) = _reader().read(Value(topic=topic, value=m.record.value, headers=_with(**changed)))
    assert read.death is not None
    assert read.death.reason is reason


def test_a_type_that_is_known_and_not_subscribed_to_is_passed_over() -> None:
    (m,) = _reader().read(Value(headers=_with(ce_type=b"deals.CloseDeal.v1")))
    assert (m.passed, m.death) == (True, None)


def test_what_a_stranger_writes_into_our_own_headers_is_not_believed() -> None:
    """A line, an actor or a redrive named in headers counts on the service's private topic only."""
    m = a_command(a_deployment())
    assert m.record is not None
    actor = json.dumps({"id": "root", "roles": ["operator"], "verified": True}).encode()
    forged = _with(**{names.ACTOR: actor, names.LINE: b"score", names.REDRIVE: b"x", names.TIMER: b"due", names.GENERATION: b"1"})
    (read,) = _reader().read(Value(value=m.record.value, headers=forged))
    assert read.line is not None
    assert (read.line.name, read.actor.verified, read.redrive, read.timer) == ("open", False, None, None)


def test_a_time_in_the_future_is_cut_to_the_clock() -> None:
    """A foreign clock that is ahead cannot set deadlines from tomorrow."""
    m = a_command(a_deployment())
    assert m.record is not None
    (read,) = _reader().read(Value(value=m.record.value, headers=_with(ce_time=b"2999-01-01T00:00:00Z")))
    assert read.time is not None
    assert read.time.year < 2999


def _erasure(offset: int, headers: Any) -> Incoming:
    (m,) = Reader(COPY_CUSTOMERS, {"baton.deals.people": DEALS.people}, 4, Tokens(Settings(jwt_key="k" * 40))).read(
        Value(topic="baton.deals.people", partition=2, offset=offset, timestamp=offset, key=b"person-1", value=None, headers=headers)
    )
    return m


def test_a_tombstone_that_its_relay_repeats_is_one_message() -> None:
    """Guarantee: a person who was recorded anew between an erasure and its repeat is not dropped."""
    once, again = (
        _erasure(offset, [("ce_id", b"e-1"), ("ce_source", b"/baton/deals"), ("ce_time", b"2026-03-02T09:00:00Z")]) for offset in (10, 12)
    )
    assert (once.death, once.body) == (None, PersonErased(person_id="person-1"))
    assert (once.inbox_id, once.time) == (again.inbox_id, again.time)


def test_a_tombstone_without_headers_is_known_by_its_place() -> None:
    once, other = _erasure(10, []), _erasure(12, [])
    assert once.body == PersonErased(person_id="person-1")
    assert once.inbox_id != other.inbox_id
