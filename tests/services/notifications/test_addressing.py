"""Whom a role or a department means: the places of the policy, in their order."""

from dataclasses import replace

import pytest

from contracts.notifications import Audience
from services.notifications.domain import Directory, KnownDeal
from services.notifications.handlers.addressing import Addressing
from services.notifications.policy import NotificationsPolicy, Place
from tests.services.notifications.given import POLICY, policy_with

DEAL = KnownDeal(deal_id="deal-1", team={"sales_rep": ("rep",)})
FULL = Directory(
    teams={"acme": {"csm": ("cory", "chris"), "sales_rep": ("other",)}},
    by_role={"csm": ("cora",), "cs_executive": ("eve",), "sdr": tuple(f"sdr-{n}" for n in range(11))},
    by_department={"legal": ("lee",)},
    known=frozenset({"rep", "cory", "chris", "other", "cora", "eve", "lee"}),
)


def found(name: str, policy: NotificationsPolicy = POLICY, directory: Directory = FULL, account: str = "acme") -> set[str]:
    """The recipients of a role or a department."""
    return {recipient for recipient, _ in Addressing(policy, directory, DEAL, account).find(name)}


@pytest.mark.parametrize(
    ("name", "recipients"),
    [
        ("sales_rep", {"rep"}),  # the deal's own, before the account's
        ("csm", {"cory", "chris"}),  # the account's team, before colleagues of the role
        ("cs_executive", {"eve"}),  # a colleague of the role
        ("legal", {"lee"}),  # a colleague of the department
        ("sdr", {"department:sales"}),  # too many colleagues: the mailbox of their department
        ("finance", {"department:finance"}),
        ("customer_success", {"cory", "chris"}),  # a department is the people of its roles
        ("barista", set()),
    ],
)
def test_the_first_place_that_names_somebody_is_used(name: str, recipients: set[str]) -> None:
    assert found(name) == recipients


def test_another_account_has_another_team() -> None:
    assert found("csm", account="globex") == {"cora"}


def test_who_is_no_longer_on_record_does_not_swallow_what_others_should_hear() -> None:
    """Of a team that still names an erased colleague the others hear, or else the department; the erased one only as a last resort."""
    without_cory = replace(FULL, known=FULL.known - {"cory"})
    nobody = replace(FULL, known=frozenset(), by_role={}, by_department={})
    assert found("csm", directory=without_cory) == {"chris"}
    assert found("csm", directory=nobody) == {"department:customer_success"}
    assert found("csm", policy_with(look_in=(Place.ACCOUNT_TEAM,)), nobody) == {"cory", "chris"}


def test_a_company_says_where_to_look() -> None:
    assert found("csm", policy_with(look_in=(Place.MAILBOX,))) == {"department:customer_success"}
    assert found("legal", policy_with(look_in=(Place.ACCOUNT_TEAM,))) == set()


def test_a_department_is_known_from_a_person() -> None:
    assert Addressing(POLICY, FULL, None, "acme").find("finance") == (("department:finance", Audience.DEPARTMENT),)
