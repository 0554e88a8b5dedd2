"""Records that only compression brought through the broker: dead on reading, and of their letters no more than the beginning is kept."""

from typing import Any

import pytest

from chassis import headers as names
from chassis.dead_letters import burial, copy_of
from chassis.deciding import Kind, decide
from chassis.decision import DomainError
from chassis.incoming import Incoming, Reason
from chassis.oversize import FIRST_BYTES, FIRST_OF_HEADER
from chassis.redrive import discard, redrive
from contracts.deals import OpenDeal
from contracts.topics import DEALS
from tests.chassis.counting import Bench
from tests.chassis.given import ACCOUNT, Value, a_deployment, a_workspace, published

LARGE = 20 << 20
MOST = DEALS.commands.batch_limit
BODY = OpenDeal(deal_id="deal-1", account=ACCOUNT, owner_id="colleague-3").model_dump_json().encode()
ENVELOPE = [("ce_id", b"m-1"), ("ce_source", b"/elsewhere"), ("ce_type", OpenDeal.wire_type().encode())]
LARGE_ONES: dict[str, dict[str, Any]] = {
    "value": {"value": BODY + b" " * LARGE},
    "key": {"key": b"k" * LARGE},
    "header": {"headers": [("x-large", b"h" * LARGE), *ENVELOPE]},
    "name of a header": {"headers": [("n" * LARGE, b""), *ENVELOPE]},
    "name of a header, not in ASCII": {"headers": [("\N{ROCKET}" * (MOST // 3), b""), *ENVELOPE]},
    "headers by their number": {"headers": [*ENVELOPE, *([("x", b"y" * 100)] * 20_000)]},
    "header that Baton reads": {"headers": [*ENVELOPE, ("ce_correlationid", b"c" * LARGE)]},
    "header that must be small": {"headers": [*ENVELOPE[:2], ("ce_type", b"t" * LARGE)]},
}


def _read(**fields: Any) -> Incoming:
    record = Value(**{"value": BODY, "headers": ENVELOPE, **fields})
    (m,) = a_deployment().reader().read(record)
    return m


def _weight(pairs: Any) -> int:
    return sum(len(name.encode()) + len(value or b"") for name, value in pairs)


@pytest.mark.parametrize("what", LARGE_ONES)
def test_a_record_that_is_too_large_is_dead_and_little_is_kept_of_it(what: str) -> None:
    """Guarantee: whichever part of it is the large one, its letter fits a document and its copy fits the topic, and both say so."""
    m = _read(**LARGE_ONES[what])
    assert m.death is not None
    assert m.death.reason is Reason.TOO_LARGE
    assert f"{m.full_size:,} bytes" in m.death.detail
    assert f"{MOST:,}" in m.death.detail
    letter = burial(m, m.death, None)["u"]["$setOnInsert"]
    copy = copy_of(a_deployment(), m, m.death)
    assert letter["full_size"] == m.full_size
    assert m.full_size > MOST
    assert dict(copy.headers)[names.FULL_SIZE] == str(m.full_size).encode()
    for key, value, headers in ((letter["record_key"], letter["value"], letter["headers"]), (copy.key, copy.value, copy.headers)):
        assert len(key) <= FIRST_BYTES
        assert len(value) <= FIRST_BYTES
        assert _weight(headers) <= FIRST_BYTES + 1_000
        assert all(len(header or b"") <= FIRST_OF_HEADER for _, header in headers)
    assert len(letter["key"]) <= FIRST_BYTES


def test_the_message_of_a_record_that_is_too_large_is_known_by_its_id() -> None:
    """Guarantee: it is remembered like any other, with the digest of all of it, and is one letter however often it comes."""
    m, other = _read(value=BODY + b" " * LARGE), _read(value=BODY + b" " * LARGE + b".")
    assert (m.source, m.id, m.type) == ("/elsewhere", "m-1", OpenDeal.wire_type())
    assert m.known
    assert m.digest != other.digest
    workspace = a_workspace(a_deployment())
    page = workspace.page(0, [])
    assert [decide(workspace, page, one).kind for one in (m, m, other)] == [Kind.DEAD, Kind.SEEN, Kind.DEAD]
    assert len(workspace.letters) == len(published(page)) == 2


def test_a_record_that_just_fits_is_kept_as_it_is() -> None:
    """What any producer gets through without compression is taken, or kept whole."""
    rest = sum(len(name) + len(value) for name, value in ENVELOPE) + len(b"deal-1")
    fits, too_large = (_read(value=BODY.ljust(MOST - rest + more)) for more in (0, 1))
    assert (fits.death, fits.full_size) == (None, None)
    assert (too_large.death is not None, too_large.full_size) == (True, MOST + 1)


def test_a_record_that_nobody_here_subscribes_to_is_passed_over_however_large() -> None:
    deployment = a_deployment()
    (m,) = deployment.reader().read(Value(value=b" " * LARGE, headers=[*ENVELOPE[:2], ("ce_type", b"deals.CloseDeal.v1")]))
    workspace = a_workspace(deployment)
    assert decide(workspace, workspace.page(0, []), m).kind is Kind.PASSED


@pytest.mark.integration
@pytest.mark.parametrize("where", [{}, {"id": "large"}])
async def test_a_letter_that_holds_a_beginning_is_not_redriven_but_discarded(bench: Bench, where: dict[str, str]) -> None:
    """Guarantee: what was cut off is never sent as if it were the message; the error says which letters, and nothing else is sent."""
    await bench.take(bench.record(b"{}"), bench.record(b'{"deal_id": "deal-1"}' + b" " * LARGE, id="large"))
    large = await bench.db.dead_letters.find_one({"id": "large"})
    assert large["reason"] == "too_large"
    with pytest.raises(DomainError, match=large["_id"]) as raised:
        await redrive(bench.committer, where, "operator-1")
    assert (raised.value.code, raised.value.status) == ("not_whole", 409)
    assert await bench.take_outbox() == []
    assert await discard(bench.db, {"_id": large["_id"]}, "operator-1") == 1
    assert len(await redrive(bench.committer, {}, "operator-1")) == 1


@pytest.mark.integration
async def test_a_record_that_is_too_large_harms_no_other(bench: Bench) -> None:
    """Guarantee: records before and behind it in the same batch are taken, whichever part of it is the large one."""
    for n, fields in enumerate(({"value": b" " * LARGE}, {"key": b"\xff" * LARGE}, {"headers": [("x", b"y" * LARGE)]})):
        poison = bench.count(id=f"poison-{n}")
        for name, content in fields.items():
            setattr(poison, name, [*poison.headers, *content] if name == "headers" else content)
        await bench.take(bench.count(id=f"before-{n}"), poison, bench.count(id=f"behind-{n}"))
    assert await bench.counted() == 6
    assert await bench.db.dead_letters.count_documents({"reason": "too_large"}) == 3
