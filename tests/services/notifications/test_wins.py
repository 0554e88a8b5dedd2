"""A win, and a win reopened: every department hears, with what it needs and nothing else."""

import pytest

from chassis.sealing import seal
from contracts.deals import Account, DealReassigned, DealReopened, TeamMember
from contracts.values import Money
from services.notifications.domain import Directory, KnownDeal
from services.notifications.handlers import note_new_owner, tell_of_reopening, tell_of_win
from services.notifications.handlers.win_facts import amount
from tests.deciding import NOW, a_person
from tests.services.notifications.given import CARLA, DANA, NINE, POLICY, a_win, policy_with, surroundings, told


@pytest.mark.requirement("R64")
def test_each_of_the_nine_departments_learns_of_a_win() -> None:
    """R64: account management, customer success, finance, legal, product, marketing, PS, hosting and operations each hear, once."""
    messages = told(tell_of_win(None, a_win(), surroundings()))
    assert {recipient.removeprefix("department:") for recipient in messages} == set(NINE)
    assert all(message.kind == "deal_won" and message.because_of == "message-1" for message in messages.values())


@pytest.mark.requirement("R64")
def test_a_department_learns_what_it_needs_and_nothing_else() -> None:
    messages = told(tell_of_win(None, a_win(), surroundings()))
    finance, hosting = messages["department:finance"].substance, messages["department:hosting"].substance
    assert finance.facts["price"] == "4,821.00 USD"
    assert finance.facts["waived"] == "package"
    assert finance.people == {"owner": ("rep",), "waived_by": ("dana",)}
    assert hosting.facts == {
        "account": "Acme Corporation",
        "region": "Germany",
        "product": "GTX Pro",
        "starts_on": "2026-04-01",
        "term": "12 months",
    }
    assert not hosting.people
    assert not hosting.sealed


def test_the_customers_own_words_stay_sealed() -> None:
    """Facts on the bus hold no words of people's: those travel sealed, and go with the person (X5)."""
    success = told(tell_of_win(None, a_win(), surroundings()))["department:customer_success"]
    assert success.substance.sealed["buying_reason"].person_id == CARLA.person_id
    assert "spreadsheets" not in success.model_dump_json()


def test_a_win_without_terms_price_or_package_is_told_as_far_as_it_goes() -> None:
    nothing = dict.fromkeys(("price", "terms", "product", "package_version", "package_score", "buying_reason"))
    bare = a_win(**nothing, contacts=(), waivers=())
    messages = told(tell_of_win(None, bare, surroundings()))
    assert messages["department:finance"].substance.facts == {
        "account": "Acme Corporation",
        "region": "Germany",
        "closed_on": "2026-03-02",
        "confirmed": "legal",
    }
    assert messages["department:professional_services"].substance.facts["package"] == "none handed in"


def test_an_account_team_hears_in_the_place_of_the_shared_mailbox() -> None:
    directory = Directory(teams={"acme": {"csm": ("cory",), "finance": ("fay",)}}, known=frozenset({"cory", "fay"}))
    messages = told(tell_of_win(None, a_win(), surroundings(directory)))
    assert messages["cory"].roles == ("customer_success",)
    assert messages["fay"].roles == ("finance",)
    assert "department:finance" not in messages


@pytest.mark.requirement("N2")
def test_a_person_in_two_departments_hears_once_with_what_both_need() -> None:
    """N2: one event reaches one recipient once, however many of their roles it concerns."""
    directory = Directory(teams={"acme": {"finance": ("fay",), "hosting": ("fay",)}}, known=frozenset({"fay"}))
    messages = told(tell_of_win(None, a_win(), surroundings(directory)))
    assert messages["fay"].roles == ("finance", "hosting")
    assert {"price", "starts_on"} <= messages["fay"].substance.facts.keys()


def test_a_department_that_nobody_answers_for_leaves_a_notification_that_says_so() -> None:
    """Nobody found is never silence: the notification is there, in the state unaddressed."""
    context = surroundings(policy=policy_with(mailboxes={k: v for k, v in POLICY.mailboxes.items() if k != "legal"}))
    decision = tell_of_win(None, a_win(), context)
    assert decision is not None
    (row,) = decision.rows
    assert (row.content["recipient"], row.content["state"], row.content["channel"]) == ("nobody:legal", "unaddressed", "none")
    assert len(told(decision)) == len(NINE) - 1


def test_a_win_of_a_cycle_that_was_reopened_is_nobodys_news() -> None:
    assert tell_of_win(KnownDeal(deal_id="deal-1", cycle=2), a_win(cycle=1), surroundings()) is None


@pytest.mark.requirement("D1")
def test_those_who_learned_of_the_win_learn_that_it_was_reopened() -> None:
    won = tell_of_win(None, a_win(), surroundings())
    assert won is not None
    reopened = DealReopened(
        deal_id="deal-1",
        account_id="acme",
        cycle=2,
        reopened_by="dana",
        reason=seal(DANA, "signed by the wrong entity", "message-0"),
        was="won",
        stage="negotiation",
        at=NOW,
    )
    decision = tell_of_reopening(won.state, reopened, surroundings())
    messages = told(decision)
    assert {recipient.removeprefix("department:") for recipient in messages} == set(NINE)
    assert messages["department:finance"].substance.facts == {"account": "Acme Corporation"}
    assert decision is not None
    assert decision.state is not None
    assert decision.state.cycle == 2
    assert tell_of_reopening(won.state, reopened.model_copy(update={"was": "lost"}), surroundings()) is None
    assert tell_of_reopening(KnownDeal(deal_id="deal-1", cycle=3), reopened, surroundings()) is None, "a later cycle has overtaken it"


def test_the_owner_is_the_sales_rep_where_the_team_names_none() -> None:
    decision = tell_of_win(None, a_win(team=()), surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.team == {"sales_rep": ("rep",)}


def test_a_reassigned_deal_has_other_people_from_then_on() -> None:
    won = tell_of_win(None, a_win(), surroundings())
    assert won is not None
    account = Account(account_id="acme", name="Acme Corporation")
    team = (TeamMember(person_id="nora", role="sales_rep"),)
    event = DealReassigned(deal_id="deal-1", account_id="acme", cycle=1, account=account, owner_id="nora", team=team)
    decision = note_new_owner(won.state, event, surroundings())
    assert decision is not None
    assert decision.state is not None
    assert decision.state.team == {"sales_rep": ("nora",)}
    assert note_new_owner(None, event, surroundings()) is None
    assert note_new_owner(won.state.model_copy(update={"cycle": 2}), event, surroundings()) is None, "the people of a cycle that is over"


@pytest.mark.parametrize(
    ("money", "text"),
    [((482_100, "USD"), "4,821.00 USD"), ((5000, "JPY"), "5,000 JPY"), ((1500, "KWD"), "1.500 KWD"), ((0, "EUR"), "0.00 EUR")],
)
def test_an_amount_has_the_decimals_of_its_currency(money: tuple[int, str], text: str) -> None:
    assert amount(Money(amount_minor=money[0], currency=money[1])) == text


def test_a_person_is_never_named_in_a_message() -> None:
    """Only ids of people travel on the private topic."""
    assert a_person("rep").name not in "".join(m.model_dump_json() for m in told(tell_of_win(None, a_win(), surroundings())).values())
