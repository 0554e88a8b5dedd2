"""Steps of the RACI template: done by those whose letters say so, once, before the win or after it (R27–R41)."""

import pytest

from chassis.decision import Actor
from contracts.onboarding import CompleteStep, HandoverCompleted, StepCompleted
from services.onboarding import handlers
from services.onboarding.domain import Handover, HandoverNotRunning, HandoverUnknown, RoleNotAllowed, State, StepUnknown
from tests.deciding import NOW, verified
from tests.services.onboarding.given import (
    CSM,
    POLICY,
    SALES_REP,
    a_completed_handover,
    a_prepared_handover,
    a_returned_handover,
    after,
    an_accepted_handover,
    an_open_handover,
    asked_by,
    changed,
    do_steps,
    hold,
    lost,
    one,
    reopened,
    told,
    won,
)

SEVEN = {"sales_rep", "sales_manager", "sales_engineer", "onboarding_rep", "onboarding_manager", "csm", "cs_executive"}
LAST = POLICY.steps[-1].step


def step(name: str = "promises", role: str = "sales_rep") -> CompleteStep:
    """A step said to be done."""
    return CompleteStep(deal_id="deal-1", step=name, role=role)


@pytest.mark.requirement("R27")
def test_the_shipped_template_has_eleven_steps_and_seven_roles_with_one_accountable_each() -> None:
    assert (len(POLICY.steps), set(POLICY.roles)) == (11, SEVEN)
    for template in POLICY.steps:
        assert [role for role, letters in template.raci.items() if "A" in letters] == [template.letters.accountable]
        assert template.letters.responsible


@pytest.mark.requirement("R27")
@pytest.mark.requirement("R31")
@pytest.mark.requirement("R32")
@pytest.mark.requirement("R33")
@pytest.mark.requirement("R34")
@pytest.mark.requirement("R35")
@pytest.mark.requirement("R36")
@pytest.mark.requirement("R37")
@pytest.mark.requirement("R38")
@pytest.mark.requirement("R39")
@pytest.mark.requirement("R40")
@pytest.mark.requirement("R41")
@pytest.mark.parametrize("name", POLICY.by_step)
@pytest.mark.parametrize("role", sorted(SEVEN))
def test_a_step_is_completed_by_its_responsible_and_accountable_and_by_nobody_else(name: str, role: str) -> None:
    """For each of the eleven steps and seven roles: R and A may say that it is done, C, I and those without a letter may not."""
    letters = POLICY.by_step[name].raci.get(role, "")
    context = asked_by(verified("somebody", role))
    if set(letters) & set("RA"):
        assert told(handlers.complete_step(an_open_handover(), step(name, role), context)) == ["StepCompleted"]
    else:
        with pytest.raises(RoleNotAllowed) as refused:
            handlers.complete_step(an_open_handover(), step(name, role), context)
        assert refused.value.field == "role"


@pytest.mark.requirement("R65")
def test_what_is_told_of_a_step_carries_its_letters() -> None:
    event = one(handlers.complete_step(an_open_handover(), step(), asked_by(SALES_REP)), StepCompleted)
    raci = POLICY.by_step["promises"].letters
    assert (event.responsible, event.accountable, event.consulted, event.informed) == (
        raci.responsible,
        raci.accountable,
        raci.consulted,
        raci.informed,
    )
    assert (event.title, event.completed_by) == ("Document every promise made to the customer", "rep")


@pytest.mark.requirement("R27")
def test_with_a_token_the_role_is_one_of_the_tokens() -> None:
    with pytest.raises(RoleNotAllowed, match="not one of the roles of your token"):
        handlers.complete_step(an_open_handover(), step(role="sales_manager"), asked_by(SALES_REP))


def test_an_operator_acts_in_any_role_that_may_complete_the_step() -> None:
    operator = asked_by(verified("ops", "operator"))
    assert told(handlers.complete_step(an_open_handover(), step(), operator)) == ["StepCompleted"]
    with pytest.raises(RoleNotAllowed):
        handlers.complete_step(an_open_handover(), step(role="csm"), operator)


@pytest.mark.requirement("R27")
def test_without_a_token_the_role_is_recorded_as_claimed_by_the_source() -> None:
    done = after(handlers.complete_step(an_open_handover(), step(), asked_by(Actor(id="/crm")))).steps["promises"]
    assert (done.by, done.role, done.at, done.claimed) == ("/crm", "sales_rep", NOW, True)
    proven = after(handlers.complete_step(an_open_handover(), step(), asked_by(SALES_REP))).steps["promises"]
    assert proven.claimed is False


def test_a_step_done_twice_is_nothing_to_do() -> None:
    assert handlers.complete_step(do_steps(an_open_handover(), ["promises"]), step(), asked_by(SALES_REP)) is None


@pytest.mark.parametrize("handover", [a_prepared_handover(), an_open_handover(), a_returned_handover(), an_accepted_handover()])
def test_steps_are_done_while_the_handover_is_prepared_open_returned_or_accepted(handover: Handover) -> None:
    assert told(handlers.complete_step(handover, step(), asked_by(SALES_REP))) == ["StepCompleted"]


@pytest.mark.requirement("D1")
def test_steps_of_a_stopped_an_unknown_or_a_reopened_handover_are_refused() -> None:
    with pytest.raises(HandoverUnknown):
        handlers.complete_step(None, step(), asked_by(SALES_REP))
    with pytest.raises(HandoverNotRunning, match="stopped"):
        handlers.complete_step(after(handlers.stop_lost(a_prepared_handover(), lost(), asked_by())), step(), asked_by())
    optional = changed(steps=[*(s.model_dump() for s in POLICY.steps), POLICY.steps[0].model_dump() | {"step": "extra", "required": False}])
    over = after(handlers.stop_reopened(a_completed_handover(), reopened(), asked_by()))
    with pytest.raises(HandoverNotRunning, match="reopened"):
        handlers.complete_step(over, step("extra"), asked_by(policy=optional))


def test_a_step_that_the_template_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(StepUnknown, match="'dance' is not a step") as refused:
        handlers.complete_step(an_open_handover(), step("dance"), asked_by(SALES_REP))
    assert (refused.value.status, refused.value.field) == (422, "step")


def test_a_step_done_cancels_its_timer() -> None:
    decision = handlers.complete_step(an_open_handover(), step(), asked_by(SALES_REP))
    assert decision is not None
    assert list(decision.cancel) == ["step_promises"]


@pytest.mark.requirement("R39")
def test_the_last_required_step_completes_an_accepted_handover_with_contacts_and_days() -> None:
    held = after(hold(an_accepted_handover()))
    nearly = do_steps(held, [name for name in POLICY.by_step if name != LAST])
    decision = handlers.complete_step(nearly, step(LAST, "csm"), asked_by(CSM))
    assert told(decision) == ["StepCompleted", "HandoverCompleted"]
    event = one(decision, HandoverCompleted)
    assert (event.completed_on, event.days_from_win, event.account_name) == (NOW.date(), 1, "Acme Corporation")
    assert event.contacts == won().contacts
    assert after(decision).state is State.COMPLETED


def test_completion_cancels_what_is_still_owed_for_steps_that_are_not_required() -> None:
    steps = [template.model_dump() | {"required": template.step == "promises"} for template in POLICY.steps]
    policy = changed(steps=steps)
    accepted = after(hold(an_accepted_handover()))
    decision = handlers.complete_step(accepted, step(), asked_by(SALES_REP, policy=policy))
    assert decision is not None
    assert told(decision) == ["StepCompleted", "HandoverCompleted"]
    assert set(decision.cancel) == set(accepted.deadlines)
    later = handlers.complete_step(decision.state, step("perceptions"), asked_by(SALES_REP, policy=policy))
    assert told(later) == ["StepCompleted"]


@pytest.mark.requirement("R24")
def test_a_company_gives_finance_hosting_and_operations_tasks_of_their_own_in_its_template() -> None:
    """Roles and steps are the company's: another department becomes a party to the handover by its policy file alone."""
    own = {"step": "provision", "title": "Provision the environment", "raci": {"hosting": "R", "operations": "A", "finance": "I"}}
    policy = changed(roles=(*POLICY.roles, "finance", "hosting", "operations"), steps=[*(s.model_dump() for s in POLICY.steps), own])
    decision = handlers.complete_step(an_open_handover(), step("provision", "hosting"), asked_by(verified("hal", "hosting"), policy=policy))
    event = one(decision, StepCompleted)
    assert (event.accountable, event.informed) == ("operations", ("finance",))
