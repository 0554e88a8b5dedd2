"""The directory: colleagues and account teams, recorded and erased by those whom the policy lets do it."""

import pytest

from chassis.decision import Forbidden, Tombstone
from chassis.people import ErasePerson, RecordColleague
from chassis.sealing import new_key
from contracts.notifications import AssignAccountTeam
from contracts.people import ColleagueRecorded
from contracts.topics import NOTIFICATIONS
from services.notifications.domain import Team
from services.notifications.handlers import assign_account_team, erase_colleague, record_colleague, refusal
from tests.deciding import verified
from tests.services.notifications.given import surroundings

ADMIN = surroundings(actor=verified("ada", "people_admin"))
STRANGER = surroundings(actor=verified("rep", "sales_rep"))


def record(**fields: object) -> RecordColleague:
    """Fay of finance is recorded."""
    first = {"person_id": "fay", "name": "Fay Finance", "email": "fay@baton.example", "department": "finance", "new_key": new_key()}
    return RecordColleague.model_validate({**first, **fields})


def test_a_colleague_is_recorded_once_and_keeps_their_key() -> None:
    decision = record_colleague(None, record(), ADMIN)
    assert decision is not None
    fay = decision.state
    assert isinstance(fay, ColleagueRecorded)
    assert list(decision.events) == [fay]
    assert record_colleague(fay, record(), ADMIN) is None
    moved = record_colleague(fay, record(department="legal"), ADMIN)
    assert moved is not None
    assert moved.state is not None
    assert (moved.state.department, moved.state.sealing_key) == ("legal", fay.sealing_key)


@pytest.mark.requirement("X5")
def test_an_erased_colleague_leaves_a_tombstone() -> None:
    known = record_colleague(None, record(), ADMIN)
    assert known is not None
    decision = erase_colleague(known.state, ErasePerson(person_id="fay"), surroundings(actor=verified("pia", "privacy_officer")))
    assert decision is not None
    assert decision.state is None
    assert list(decision.events) == [Tombstone(NOTIFICATIONS.people, "fay")]


def test_a_team_is_assigned_role_by_role() -> None:
    first = assign_account_team(None, AssignAccountTeam(account_id="acme", members={"csm": ("cory",), "onboarding_rep": ("pam",)}), ADMIN)
    assert first is not None
    second = assign_account_team(
        first.state, AssignAccountTeam(account_id="acme", members={"csm": ("chris",), "onboarding_rep": ()}), ADMIN
    )
    assert second is not None
    assert second.state == Team(account_id="acme", members={"csm": ("chris",)})
    assert assign_account_team(second.state, AssignAccountTeam(account_id="acme", members={"csm": ("chris",)}), ADMIN) is None
    assert assign_account_team(None, AssignAccountTeam(account_id="acme", members={}), ADMIN) is None


def test_a_token_without_the_role_changes_nothing_in_the_directory() -> None:
    with pytest.raises(Forbidden):
        record_colleague(None, record(), STRANGER)
    with pytest.raises(Forbidden):
        erase_colleague(None, ErasePerson(person_id="fay"), STRANGER)
    command = AssignAccountTeam(account_id="acme", members={"csm": ("cory",)})
    with pytest.raises(Forbidden) as refused:
        assign_account_team(None, command, STRANGER)
    event = refusal(command, refused.value, STRANGER)
    assert (event.key, event.command, event.code, event.requested_by) == ("acme", "AssignAccountTeam", "forbidden", "rep")


def test_a_team_that_another_system_assigns_over_the_bus_is_taken_as_claimed() -> None:
    assert assign_account_team(None, AssignAccountTeam(account_id="acme", members={"csm": ("cory",)}), surroundings())
