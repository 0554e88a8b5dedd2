"""Contacts, the reason for buying and the definition of success, terms and price."""

from datetime import date

import pytest

from chassis.decision import Forbidden, Invalid, PersonUnknown
from contracts.deals import (
    AddContact,
    ContractTerms,
    DealBuyingReasonRecorded,
    DealContactAdded,
    DealTermsSet,
    RecordBuyingReason,
    SetTerms,
)
from contracts.people import ColleagueRecorded
from contracts.values import ContactRef, Money
from services.deals.domain import DealIsClosed, TooManyContacts
from services.deals.handlers import add_contact, record_buying_reason, set_terms
from tests.deciding import a_person
from tests.services.deals.given import POLICY, REP, SALES_REP, a_deal, a_lost_deal, a_won_deal, asked_by, read

ADA = a_person("ada")
CHAMPION = AddContact(deal_id="deal-1", contact=ContactRef(person_id="ada", role="champion"))
TERMS = ContractTerms(starts_on=date(2026, 4, 1), months=24)
PRICE = Money(amount_minor=500_000_00, currency="USD")


@pytest.mark.requirement("R2")
def test_a_contact_takes_part_in_a_role() -> None:
    decision = add_contact(a_deal(), CHAMPION, asked_by(SALES_REP, ADA))
    assert decision is not None
    assert decision.state == a_deal(contacts=(CHAMPION.contact,))
    assert decision.events == [DealContactAdded(deal_id="deal-1", account_id="acme", cycle=1, contact=CHAMPION.contact)]


def test_the_same_contact_in_the_same_role_is_nothing_to_do_and_in_another_is_added() -> None:
    deal = a_deal(contacts=(CHAMPION.contact,))
    other = AddContact(deal_id="deal-1", contact=ContactRef(person_id="ada", role="decision_maker"))
    assert add_contact(deal, CHAMPION, asked_by(SALES_REP, ADA)) is None
    decision = add_contact(deal, other, asked_by(SALES_REP, ADA))
    assert decision is not None
    assert decision.state is not None
    assert decision.state.contacts == (CHAMPION.contact, other.contact)


def test_a_contact_must_be_a_person_somebody_recorded() -> None:
    with pytest.raises(PersonUnknown) as refused:
        add_contact(a_deal(), CHAMPION, asked_by(SALES_REP))
    assert refused.value.field == "contact.person_id"


def test_a_colleague_is_no_contact() -> None:
    colleague = ColleagueRecorded(person_id="ada", name="Ada", sealing_key=ADA.sealing_key)
    with pytest.raises(Invalid) as refused:
        add_contact(a_deal(), CHAMPION, asked_by(SALES_REP, colleague))
    assert refused.value.field == "contact.person_id"


def test_a_deal_takes_as_many_contacts_as_the_policy_allows() -> None:
    full = tuple(ContactRef(person_id=f"person-{n}", role="influencer") for n in range(POLICY.contacts_at_most))
    with pytest.raises(TooManyContacts):
        add_contact(a_deal(contacts=full), CHAMPION, asked_by(SALES_REP, ADA))


def test_a_won_deal_takes_contacts_and_a_lost_one_does_not() -> None:
    assert add_contact(a_won_deal(), CHAMPION, asked_by(SALES_REP, ADA)) is not None
    with pytest.raises(DealIsClosed):
        add_contact(a_lost_deal(), CHAMPION, asked_by(SALES_REP, ADA))


@pytest.mark.requirement("R4")
@pytest.mark.requirement("X5")
def test_why_the_customer_buys_is_sealed_under_the_key_of_who_wrote_it() -> None:
    """The text is nowhere in the clear in state or events, and the writer's key opens it."""
    command = RecordBuyingReason(deal_id="deal-1", buying_reason="Ada wants to leave spreadsheets", success_definition="half the time")
    decision = record_buying_reason(a_deal(), command, asked_by(SALES_REP))
    assert decision is not None
    (event,) = decision.events
    assert isinstance(event, DealBuyingReasonRecorded)
    assert read(REP, event.buying_reason) == "Ada wants to leave spreadsheets"
    assert read(REP, event.success_definition) == "half the time"
    assert decision.state is not None
    assert "spreadsheets" not in decision.state.model_dump_json() + event.model_dump_json()


@pytest.mark.requirement("R4")
def test_what_is_left_out_of_the_buying_reason_stays() -> None:
    first = record_buying_reason(a_deal(), RecordBuyingReason(deal_id="deal-1", buying_reason="cost"), asked_by(SALES_REP))
    assert first is not None
    second = record_buying_reason(first.state, RecordBuyingReason(deal_id="deal-1", success_definition="speed"), asked_by(SALES_REP))
    assert second is not None
    assert second.state is not None
    assert (read(REP, second.state.buying_reason), read(REP, second.state.success_definition)) == ("cost", "speed")


def test_free_text_needs_a_named_person_whose_key_seals_it() -> None:
    with pytest.raises(Forbidden):
        record_buying_reason(a_deal(), RecordBuyingReason(deal_id="deal-1", buying_reason="cost"), asked_by())


def test_an_empty_buying_reason_is_invalid() -> None:
    with pytest.raises(Invalid) as refused:
        record_buying_reason(a_deal(), RecordBuyingReason(deal_id="deal-1"), asked_by(SALES_REP))
    assert refused.value.field == "buying_reason"


@pytest.mark.requirement("R2")
def test_terms_and_price_are_set_one_after_the_other_and_told_as_they_are_now() -> None:
    first = set_terms(a_deal(), SetTerms(deal_id="deal-1", terms=TERMS), asked_by(SALES_REP))
    assert first is not None
    second = set_terms(first.state, SetTerms(deal_id="deal-1", price=PRICE, product="GTX Pro"), asked_by(SALES_REP))
    assert second is not None
    assert second.events == [DealTermsSet(deal_id="deal-1", account_id="acme", cycle=1, terms=TERMS, price=PRICE, product="GTX Pro")]


def test_the_same_terms_again_are_nothing_to_do() -> None:
    assert set_terms(a_deal(price=PRICE), SetTerms(deal_id="deal-1", price=PRICE), asked_by(SALES_REP)) is None


def test_terms_without_anything_are_invalid() -> None:
    with pytest.raises(Invalid):
        set_terms(a_deal(), SetTerms(deal_id="deal-1"), asked_by(SALES_REP))


def test_a_won_deals_price_can_be_corrected_and_a_lost_ones_cannot() -> None:
    decision = set_terms(a_won_deal(), SetTerms(deal_id="deal-1", price=PRICE), asked_by(SALES_REP))
    assert decision is not None
    assert [type(event) for event in decision.events] == [DealTermsSet]
    with pytest.raises(DealIsClosed):
        set_terms(a_lost_deal(), SetTerms(deal_id="deal-1", price=PRICE), asked_by(SALES_REP))
