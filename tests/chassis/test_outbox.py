"""Pages of the outbox: split by size, in order; and ids that are the same whenever the same is decided again."""

import uuid
from datetime import UTC, datetime

import bson
from hypothesis import given
from hypothesis import strategies as st

from chassis.incoming import Incoming, Origin
from chassis.outbox import DOCUMENT_LIMIT, IDS, Page, Publication, event_id, unbundled

sizes = st.lists(st.sampled_from([10, 1000, 300_000, 900_000]), max_size=30)


def _record(number: int, size: int) -> Publication:
    return Publication("t", 0, str(number).encode(), b"x" * size, [("ce_id", str(number).encode())], "owner")


@given(sizes=sizes)
def test_a_page_is_split_by_bytes_and_keeps_its_order(sizes: list[int]) -> None:
    """No document passes the limit, and the parts in turn hold the records in turn: no more, no fewer."""
    page, records = Page(3, 1_700_000_000_000_000), [_record(number, size) for number, size in enumerate(sizes)]
    for record in records:
        page.add(record)
    documents = [bson.decode(document.raw) for document in page.documents()]
    assert [document["part"] for document in documents] == list(range(len(documents)))
    assert {(document["lane"], document["position"]) for document in documents} <= {(3, 1_700_000_000_000_000)}
    assert [record for document in documents for record in unbundled(document["records"])] == records
    for document in documents:
        assert sum(len(record.packed()) for record in unbundled(document["records"])) <= DOCUMENT_LIMIT
        assert document["count"] == len(unbundled(document["records"]))


def _cause(source: str, id_: str) -> Incoming:
    return Incoming(Origin("t", 0, 0, 0), source=source, id=id_, time=datetime.now(UTC))


@given(source=st.text(max_size=20), id_=st.text(max_size=20), index=st.integers(0, 50))
def test_the_id_of_an_event_follows_from_its_cause_alone(source: str, id_: str, index: int) -> None:
    """After a restore the same facts have the same ids, wherever and whenever they are decided again."""
    assert event_id(_cause(source, id_), index) == event_id(_cause(source, id_), index)
    assert event_id(_cause(source, id_), index) != event_id(_cause(source, id_), index + 1)


@given(name=st.text(max_size=80))
def test_the_id_made_by_hand_is_the_name_based_one_of_rfc_4122(name: str) -> None:
    assert IDS.id(name) == str(uuid.uuid5(IDS.namespace, name))
