"""The receiver accepts the package or returns it with reasons: a named person, in a role that the policy allows (R26)."""

import pytest

from chassis.decision import DomainError, Forbidden, Invalid
from chassis.sealing import unseal
from contracts.onboarding import AcceptHandover, HandoverAccepted, HandoverReturned, ReturnHandover
from services.onboarding import handlers
from services.onboarding.domain import (
    Handover,
    HandoverAlreadyAccepted,
    HandoverAlreadyReturned,
    HandoverNotOpen,
    HandoverNotRunning,
    HandoverUnknown,
    PackageMovedOn,
    RoleNotAllowed,
    State,
)
from tests.deciding import verified
from tests.services.onboarding.given import (
    MANAGER,
    ONA,
    SALES_REP,
    a_completed_handover,
    a_prepared_handover,
    a_returned_handover,
    after,
    an_accepted_handover,
    an_open_handover,
    asked_by,
    one,
    reopened,
    submitted,
    told,
)

ACCEPT, RETURN = AcceptHandover(deal_id="deal-1"), ReturnHandover(deal_id="deal-1", reason="whose budget is it?")


def stopped() -> Handover:
    """Stopped by a reopening."""
    return after(handlers.stop_reopened(an_open_handover(), reopened(), asked_by()))


@pytest.mark.requirement("R26")
def test_a_named_person_with_an_allowed_role_accepts_the_package() -> None:
    decision = handlers.accept_handover(an_open_handover(), ACCEPT, asked_by(MANAGER))
    event = one(decision, HandoverAccepted)
    assert (event.accepted_by, event.package_version, after(decision).state) == ("ona", 1, State.ACCEPTED)


@pytest.mark.requirement("R26")
def test_a_return_goes_to_sales_with_its_reason_sealed_and_the_sections_that_are_named() -> None:
    command = RETURN.model_copy(update={"sections": ("promises", "promises")})
    decision = handlers.return_handover(an_open_handover(), command, asked_by(MANAGER))
    event = one(decision, HandoverReturned)
    assert (event.returned_by, [(gap.section, gap.weight) for gap in event.gaps]) == ("ona", [("promises", 0)])
    assert event.reason is not None
    assert unseal(ONA, event.reason) == "whose budget is it?"
    assert [(row.collection, row.id, row.content["returned_by"]) for row in decision.rows] == [("returns", "deal-1:1:1", "ona")]
    assert after(decision).state is State.RETURNED


def test_each_return_is_kept_under_a_number_of_its_own() -> None:
    again = after(handlers.score_package(a_returned_handover(), submitted(version=2), asked_by()))
    decision = handlers.return_handover(again, RETURN, asked_by(MANAGER))
    assert [row.id for row in decision.rows] == ["deal-1:1:2"]


@pytest.mark.requirement("R26")
def test_without_a_token_nobody_accepts_or_returns() -> None:
    with pytest.raises(Forbidden, match="named person"):
        handlers.accept_handover(an_open_handover(), ACCEPT, asked_by())
    with pytest.raises(Forbidden, match="named person"):
        handlers.return_handover(an_open_handover(), RETURN, asked_by())


@pytest.mark.requirement("R26")
def test_a_role_that_the_policy_does_not_name_neither_accepts_nor_returns() -> None:
    with pytest.raises(RoleNotAllowed, match="onboarding_manager"):
        handlers.accept_handover(an_open_handover(), ACCEPT, asked_by(SALES_REP))
    with pytest.raises(RoleNotAllowed):
        handlers.return_handover(an_open_handover(), RETURN, asked_by(SALES_REP))


def test_an_operator_may_accept() -> None:
    assert told(handlers.accept_handover(an_open_handover(), ACCEPT, asked_by(verified("ops", "operator")))) == ["HandoverAccepted"]


def test_accepting_again_is_nothing_to_do() -> None:
    for handover in (an_accepted_handover(), a_completed_handover()):
        assert handlers.accept_handover(handover, ACCEPT, asked_by(MANAGER)) is None


@pytest.mark.requirement("R26")
def test_a_version_that_is_not_the_latest_is_not_accepted_unread() -> None:
    read = ACCEPT.model_copy(update={"package_version": 1})
    assert handlers.accept_handover(an_open_handover(), read, asked_by(MANAGER)) is not None
    with pytest.raises(PackageMovedOn, match="you read version 2, and the latest is 1"):
        handlers.accept_handover(an_open_handover(), read.model_copy(update={"package_version": 2}), asked_by(MANAGER))


@pytest.mark.parametrize(
    ("handover", "error"),
    [
        (None, HandoverUnknown),
        (a_prepared_handover(), HandoverNotOpen),
        (a_returned_handover(), HandoverAlreadyReturned),
        (stopped(), HandoverNotRunning),
    ],
)
def test_only_an_open_handover_is_answered(handover: Handover | None, error: type[DomainError]) -> None:
    with pytest.raises(error):
        handlers.accept_handover(handover, ACCEPT, asked_by(MANAGER))
    with pytest.raises(error):
        handlers.return_handover(handover, RETURN, asked_by(MANAGER))


def test_an_accepted_package_is_not_given_back() -> None:
    with pytest.raises(HandoverAlreadyAccepted):
        handlers.return_handover(an_accepted_handover(), RETURN, asked_by(MANAGER))


def test_a_section_that_no_package_has_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="'weather' is not a section") as refused:
        handlers.return_handover(an_open_handover(), RETURN.model_copy(update={"sections": ("weather",)}), asked_by(MANAGER))
    assert refused.value.field == "sections"


def test_a_refusal_tells_what_was_asked_by_whom_and_why() -> None:
    with pytest.raises(RoleNotAllowed) as refused:
        handlers.accept_handover(an_open_handover(), ACCEPT, asked_by(SALES_REP))
    event = handlers.refusal(ACCEPT, refused.value, asked_by(SALES_REP))
    assert (event.deal_id, event.command, event.code, event.requested_by) == ("deal-1", "AcceptHandover", "role_not_allowed", "rep")
