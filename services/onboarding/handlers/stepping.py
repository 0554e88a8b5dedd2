"""A step of the RACI template is done, said by those who may say it."""

from chassis.context import Context
from chassis.decision import Decision
from contracts.onboarding import CompleteStep
from services.onboarding.domain import Handover, RoleNotAllowed, StepDone, StepUnknown, facts
from services.onboarding.handlers.concluding import decided
from services.onboarding.handlers.permission import acts_as, known
from services.onboarding.policy import OnboardingPolicy, Step


def complete_step(handover: Handover | None, command: CompleteStep, context: Context[OnboardingPolicy]) -> Decision[Handover] | None:
    """The step is done; done before is nothing to do. It may be done before the win.

    Raises:
        StepUnknown: the template has no such step.
        RoleNotAllowed: the role is neither Responsible nor Accountable for it, or the token does not give it.
        HandoverUnknown, HandoverNotRunning.
    """
    step = _allowed(command, context)
    handover = known(handover, command.deal_id)
    done = StepDone(by=context.actor.id, role=command.role, at=context.now, claimed=not context.actor.verified)
    completed = handover.complete_step(step.step, done)
    if completed is handover:
        return None
    return decided(handover, completed, context, [facts.step_completed(completed, step.step, step.title, done, step.letters)])


def _allowed(command: CompleteStep, context: Context[OnboardingPolicy]) -> Step:
    step = context.policy.by_step.get(command.step)
    if step is None:
        raise StepUnknown(f"{command.step!r} is not a step: {', '.join(context.policy.by_step)}", field="step")
    if command.role not in step.letters.may_complete:
        allowed = ", ".join(step.letters.may_complete)
        raise RoleNotAllowed(f"{command.role!r} may not complete {command.step!r}: {allowed} may", field="role")
    acts_as(context, command.role)
    return step
