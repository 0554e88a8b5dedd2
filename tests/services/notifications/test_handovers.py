"""News of a handover and of surveys reaches those whom the RACI letters and the policy name."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chassis.sealing import seal
from contracts.feedback import DetractorRaised
from contracts.notifications import Audience
from contracts.onboarding import FollowUpOpened, Gap, HandoverReturned, KickoffOverdue, PackageOverdue, StepOverdue
from services.notifications.domain import Directory, KnownDeal
from services.notifications.handlers import (
    tell_of_detractor,
    tell_of_follow_up,
    tell_of_late_kickoff,
    tell_of_late_package,
    tell_of_late_step,
    tell_of_return,
    tell_of_step,
    tell_of_survey,
)
from tests.services.notifications.given import CARLA, DANA, a_step, an_invitation, surroundings, told

DEAL = KnownDeal(deal_id="deal-1", account_name="Acme Corporation", team={"sales_rep": ("rep",), "sales_manager": ("manager",)})
TEAM = Directory(
    teams={"acme": {"csm": ("cory",), "cs_executive": ("eve",), "onboarding_manager": ("pat",)}},
    known=frozenset({"cory", "eve", "pat", "rep", "manager"}),
)
OF_DEAL: dict[str, Any] = {"deal_id": "deal-1", "account_id": "acme", "cycle": 1}
DUE = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.requirement("R65")
def test_informed_roles_hear_that_a_step_is_complete() -> None:
    """R65: the Informed of a step, and nobody else, hear when it is done."""
    messages = told(tell_of_step(DEAL, a_step(), surroundings(TEAM)))
    assert messages.keys() == {"cory", "pat"}
    assert messages["cory"].substance.facts == {"account": "Acme Corporation", "step": "Significant people identified"}
    assert messages["cory"].substance.people == {"completed_by": ("rep",)}


def test_a_step_without_informed_roles_is_nobodys_news() -> None:
    assert tell_of_step(DEAL, a_step(informed=()), surroundings(TEAM)) is None


@pytest.mark.requirement("R65")
def test_the_accountable_role_hears_that_a_step_is_late() -> None:
    """R65: the Accountable of a step, and nobody else, hears when it is late."""
    late = StepOverdue(**OF_DEAL, step="roi", title="ROI analysis", due_at=DUE, accountable="sales_manager", responsible=("sales_rep",))
    messages = told(tell_of_late_step(DEAL, late, surroundings(TEAM)))
    assert messages.keys() == {"manager"}
    assert messages["manager"].substance.facts["due"] == "04 March 2026, 12:00 UTC"


@pytest.mark.requirement("R65")
def test_the_accountable_role_hears_that_the_kick_off_is_late() -> None:
    east = timezone(timedelta(hours=2))
    late = KickoffOverdue(**OF_DEAL, missing="booking", due_at=DUE.astimezone(east), accountable="onboarding_manager")
    messages = told(tell_of_late_kickoff(None, late, surroundings(TEAM)))
    assert messages["pat"].substance.facts == {"missing": "booking", "due": "04 March 2026, 12:00 UTC"}


@pytest.mark.requirement("O2")
@pytest.mark.parametrize(("version", "named"), [(2, {"package": "version 2"}), (None, {})])
def test_the_accountable_role_hears_that_a_returned_package_was_not_bettered(version: int | None, named: dict[str, str]) -> None:
    """O2: the Accountable, and nobody else, hears which package is late, and since when."""
    late = PackageOverdue(**OF_DEAL, package_version=version, due_at=DUE, accountable="sales_manager")
    messages = told(tell_of_late_package(DEAL, late, surroundings(TEAM)))
    assert messages.keys() == {"manager"}
    assert messages["manager"].kind == "package_overdue"
    assert messages["manager"].substance.facts == {"account": "Acme Corporation", "due": "04 March 2026, 12:00 UTC"} | named


def test_a_returned_package_goes_back_to_the_sales_people_of_the_deal_with_its_gaps() -> None:
    gaps = (Gap(section="goals", detail="no goal is stated", weight=10), Gap(section="roi_analysis", detail="missing", weight=20))
    returned = HandoverReturned(
        **OF_DEAL, package_version=1, returned_by="pat", gaps=gaps, reason=seal(DANA, "we cannot start like this", "message-0")
    )
    messages = told(tell_of_return(DEAL, returned, surroundings(TEAM)))
    assert messages.keys() == {"rep", "manager"}
    facts = messages["rep"].substance.facts
    assert (facts["gaps"], facts["gap_1"], facts["gap_2"]) == ("roi_analysis, goals", "missing", "no goal is stated")
    assert messages["rep"].substance.people == {"returned_by": ("pat",)}


def test_a_package_that_the_policy_returned_names_nobody() -> None:
    returned = HandoverReturned(**OF_DEAL, package_version=1, returned_by="policy")
    substance = told(tell_of_return(DEAL, returned, surroundings(TEAM)))["rep"].substance
    assert not substance.people
    assert not substance.sealed


@pytest.mark.requirement("R70")
def test_whoever_looks_after_the_customer_hears_of_a_detractor() -> None:
    """R70: an unhappy answer reaches the CSM and the CS executive, with the score and the sealed comment."""
    raised = DetractorRaised(
        **OF_DEAL, survey_id="survey-1", respondent_id="carla", score=3, comment=seal(CARLA, "Nobody calls back", "message-0")
    )
    messages = told(tell_of_detractor(DEAL, raised, surroundings(TEAM)))
    assert messages.keys() == {"cory", "eve"}
    assert messages["cory"].substance.facts["score"] == "3 of 10"
    assert "calls back" not in messages["cory"].model_dump_json()


def test_the_role_that_follows_up_hears_of_it_and_so_does_the_executive() -> None:
    opened = FollowUpOpened(**OF_DEAL, survey_id="survey-1", respondent_id="carla", role="csm", due_at=DUE)
    assert told(tell_of_follow_up(DEAL, opened, surroundings(TEAM))).keys() == {"cory", "eve"}


def test_a_survey_goes_to_the_customers_person_and_its_link_stays_sealed() -> None:
    (message,) = told(tell_of_survey(DEAL, an_invitation(), surroundings(TEAM))).values()
    assert (message.recipient_id, message.audience, message.kind) == ("carla", Audience.CUSTOMER, "survey_invited")
    assert "https://" not in message.model_dump_json()
    (reminder,) = told(tell_of_survey(DEAL, an_invitation(reminder=True), surroundings(TEAM))).values()
    assert reminder.kind == "survey_reminder"


def test_news_of_a_cycle_that_was_reopened_is_nobodys_news() -> None:
    """A reopened deal stops what followed from its win: steps, kick-offs, returns and surveys of the old cycle reach nobody."""
    reopened = KnownDeal(deal_id="deal-1", cycle=2)
    context = surroundings(TEAM)
    late = StepOverdue(**OF_DEAL, step="roi", title="ROI", due_at=DUE, accountable="csm", responsible=("csm",))
    assert tell_of_step(reopened, a_step(), context) is None
    assert tell_of_late_step(reopened, late, context) is None
    assert tell_of_late_kickoff(reopened, KickoffOverdue(**OF_DEAL, missing="holding", due_at=DUE, accountable="csm"), context) is None
    late_package = PackageOverdue(**OF_DEAL, package_version=1, due_at=DUE, accountable="sales_manager")
    assert tell_of_late_package(reopened, late_package, context) is None
    assert tell_of_return(reopened, HandoverReturned(**OF_DEAL, package_version=None, returned_by="policy"), context) is None
    assert tell_of_survey(reopened, an_invitation(), context) is None
    assert tell_of_detractor(reopened, DetractorRaised(**OF_DEAL, survey_id="s", respondent_id="carla", score=0), context) is None
    opened = FollowUpOpened(**OF_DEAL, survey_id="s", respondent_id="carla", role="csm", due_at=DUE)
    assert tell_of_follow_up(reopened, opened, context) is None
