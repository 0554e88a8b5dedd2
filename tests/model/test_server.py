"""The model's database keeps the semantics that it states, the ones of MongoDB that delivery leans on."""

from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from tests.model.loop import Clock
from tests.model.server import LIFETIME, TRANSIENT, Server, Transaction


@pytest.fixture
def server() -> Server:
    """A server that has one document."""
    made = Server(Clock(), lambda owner, writes: None)
    made.insert(None, "things", [{"_id": 1, "n": 0}])
    made.versions.replicate()
    return made


def _add(server: Server, transaction: Transaction | None, n: int = 1) -> int:
    if transaction:
        server.enter(transaction)
    return server.update(transaction, "things", {"q": {"_id": 1}, "u": {"$inc": {"n": n}}})[1]


def _read(server: Server, transaction: Transaction | None = None, majority: bool = False) -> Any:
    return [document["n"] for document in server.read(transaction, "things", {}, majority)]


def test_a_transaction_sees_its_snapshot_and_its_own_writes_and_nobody_sees_those_before_its_commit(server: Server) -> None:
    one, other = Transaction("one"), Transaction("other")
    assert _read(server, other) == [0]
    _add(server, one)
    assert (_read(server, one), _read(server)) == ([1], [0])
    server.commit(one)
    assert (_read(server, other), _read(server)) == ([0], [1])


def test_the_second_writer_of_a_document_fails_at_once_whether_the_first_is_open_or_committed(server: Server) -> None:
    one, other, late = Transaction("one"), Transaction("other"), Transaction("late")
    _read(server, late)
    _add(server, one)
    with pytest.raises(OperationFailure) as conflict:
        _add(server, other)
    assert conflict.value.code == 112
    assert conflict.value.has_error_label(TRANSIENT)
    server.commit(one)
    with pytest.raises(OperationFailure):
        _add(server, late)
    with pytest.raises(OperationFailure, match="aborted"):
        _read(server, late)
    assert _read(server) == [1]


def test_a_write_outside_a_transaction_waits_for_one_that_has_the_document_until_that_is_too_old(server: Server) -> None:
    _add(server, Transaction("one"))
    assert not server.is_free("things", {"_id": 1})
    assert server.is_free("things", {"_id": 2})
    server.clock.now += LIFETIME
    assert server.is_free("things", {"_id": 1})


def test_a_majority_read_lags_behind_and_a_step_down_undoes_what_only_the_primary_had(server: Server) -> None:
    one, left_open = Transaction("one"), Transaction("open")
    _add(server, one)
    timestamp = server.commit(one)
    assert (_read(server), _read(server, majority=True)) == ([1], [0])
    _read(server, left_open)
    server.step_down()
    assert _read(server) == [0]
    with pytest.raises(AutoReconnect):
        server.await_majority(timestamp)
    with pytest.raises(OperationFailure, match="aborted"):
        server.commit(left_open)
    kept = _add(server, None)
    server.await_majority(kept)
    server.step_down()
    assert _read(server, majority=True) == [1]


def test_a_duplicate_key_in_a_transaction_is_reported_and_aborts_it(server: Server) -> None:
    one = Transaction("one")
    server.enter(one)
    errors, _ = server.insert(one, "things", [{"_id": 1}, {"_id": 2}])
    assert [error["code"] for error in errors] == [11000]
    assert not one.open
