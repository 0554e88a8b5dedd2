"""What callers see of a handover and of the RACI template."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.onboarding import Gap
from contracts.values import ContactRef
from services.onboarding.domain import FollowUp, Handover, State
from services.onboarding.domain.handover import step_deadline
from services.onboarding.policy import OnboardingPolicy, Step


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class Text(View):
    """What somebody wrote; `text` is None once that person is erased."""

    by: str
    text: str | None


class StepView(View):
    """A step of the template. `raci`: letters by role; `within_seconds`: time from the win."""

    step: str
    title: str
    required: bool
    within_seconds: float | None
    raci: dict[str, str]
    may_complete: tuple[str, ...]


class TemplateView(View):
    """The RACI matrix: who has which letter for which step (seed 002)."""

    roles: tuple[str, ...]
    steps: tuple[StepView, ...]


class DoneView(View):
    """Who did a step, and in which role. `claimed`: no token proved it."""

    by: str
    role: str
    at: datetime
    claimed: bool


class HandoverStepView(StepView):
    """A step of one handover. `due_at`: while it is owed."""

    done: DoneView | None
    due_at: datetime | None
    overdue: bool


class ReturnView(View):
    """One return of the package. `by`: a person, or `policy`."""

    by: str
    at: datetime
    package_version: int | None
    gaps: tuple[Gap, ...]
    reason: Text | None


class AnswerView(View):
    """Who accepted which version of the package."""

    by: str
    at: datetime
    package_version: int | None


class KickoffView(View):
    """The kick-off, booked and held."""

    at: datetime | None
    booked_by: str | None
    minutes: int
    held_at: datetime | None
    held_by: str | None
    notes: Text | None


class PastView(View):
    """The handover of an earlier cycle, as it ended."""

    cycle: int
    state: State
    completed_on: date | None
    steps: dict[str, DoneView]


class HandoverSummary(View):
    """A handover in a list. `closed_on`: the day of the win."""

    deal_id: str
    account_id: str
    account_name: str | None
    cycle: int
    state: State
    package_version: int | None
    score: int | None
    closed_on: date | None
    completed_on: date | None
    overdue: tuple[str, ...]


class HandoverView(HandoverSummary):
    """A handover. `deadlines`: what is owed, by when; `timed`: False where the win is history, and nothing can be late."""

    threshold: int
    gaps: tuple[Gap, ...]
    waived: bool
    timed: bool
    contacts: tuple[ContactRef, ...]
    accepted: AnswerView | None
    returns: tuple[ReturnView, ...]
    steps: tuple[HandoverStepView, ...]
    kickoff: KickoffView
    deadlines: dict[str, datetime]
    follow_ups: tuple[FollowUp, ...]
    past_cycles: tuple[PastView, ...]


class Page(View):
    """A part of a list. `next`: what to give as `after` for the part that follows; None at the end."""

    items: tuple[HandoverSummary, ...]
    next: str | None


def step_view(step: Step) -> dict[str, Any]:
    """The fields of a step of the template."""
    within = None if step.within is None else step.within.total_seconds()
    named = {"step": step.step, "title": step.title, "required": step.required, "within_seconds": within, "raci": step.raci}
    return named | {"may_complete": step.letters.may_complete}


def template_view(policy: OnboardingPolicy) -> TemplateView:
    """The template of the policy in force."""
    return TemplateView(roles=policy.roles, steps=tuple(StepView(**step_view(step)) for step in policy.steps))


def summary(handover: Handover) -> dict[str, Any]:
    """The fields of a handover in a list."""
    content = handover.model_dump(include=set(HandoverSummary.model_fields))
    version, points = (handover.package.version, handover.package.score) if handover.package else (None, None)
    return content | {"package_version": version, "score": points, "closed_on": handover.won.closed_on if handover.won else None}


def details(handover: Handover, policy: OnboardingPolicy) -> dict[str, Any]:
    """The fields of a handover that its own state and the policy give."""
    won = handover.won
    return summary(handover) | {
        "threshold": policy.package.threshold,
        "gaps": handover.package.gaps if handover.package else policy.package.every_gap,
        "waived": bool(won and won.waived),
        "timed": bool(won and won.deadlines),
        "contacts": won.contacts if won else (),
        "accepted": handover.accepted.model_dump() if handover.accepted else None,
        "steps": [_step_of(handover, step) for step in policy.steps],
        "deadlines": handover.deadlines,
        "follow_ups": handover.follow_ups,
    }


def _step_of(handover: Handover, step: Step) -> dict[str, Any]:
    name, done = step_deadline(step.step), handover.steps.get(step.step)
    told = {"done": done.model_dump() if done else None, "due_at": handover.deadlines.get(name), "overdue": name in handover.overdue}
    return step_view(step) | told
