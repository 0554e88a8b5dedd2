"""What a company decides about its handovers: the RACI template, how a package is scored, who answers for what, and by when."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from chassis.policy import Duration, Policy
from contracts.deals import Package
from contracts.onboarding import Gap
from contracts.values import Label, Slug
from services.onboarding.domain import Raci, SectionRule, score

Roles = frozenset[Slug]
Location = tuple[str | int, ...]
Named = dict[Location, list[str]]
Letters = Annotated[str, Field(pattern="^[RACI]{1,4}$")]
COMPLETE = 100
"""Points of a package without gaps."""


def _refused(complaints: Iterable[tuple[Location, str]]) -> None:
    """Raise one error for each complaint, at its own place in the file; nothing where there is none."""
    details = [
        InitErrorDetails(type=PydanticCustomError("policy", "{what}", {"what": what}), loc=place, input=None) for place, what in complaints
    ]
    if details:
        raise ValidationError.from_exception_data("policy", details)


class Step(Policy):
    """A step of the template. `raci`: letters by role; `within`: time from the win, or no deadline."""

    step: Slug
    title: Label
    required: bool = True
    within: Duration | None = None
    raci: Annotated[dict[Slug, Letters], Field(min_length=1)]

    @field_validator("raci")
    @classmethod
    def _one_answers_and_somebody_works(cls, raci: dict[str, str]) -> dict[str, str]:
        accountable = [role for role, letters in raci.items() if "A" in letters]
        if len(accountable) != 1:
            raise ValueError(f"exactly one role is Accountable (A) for a step, not {len(accountable)}: {', '.join(accountable) or 'none'}")
        if not any("R" in letters for letters in raci.values()):
            raise ValueError("at least one role is Responsible (R) for a step, and none is")
        _refused(((role,), f"{letters}: a letter stands once") for role, letters in raci.items() if len(set(letters)) < len(letters))
        return raci

    @cached_property
    def letters(self) -> Raci:
        """The roles by letter."""
        return Raci.of(self.raci)


class PackagePolicy(Policy):
    """How a package is scored. `threshold`: points of 100 from which it is good enough; `better_within`: after a return."""

    threshold: Annotated[int, Field(ge=0, le=COMPLETE)]
    better_within: Duration
    accountable: Slug
    sections: Annotated[tuple[SectionRule, ...], Field(min_length=1)]

    @field_validator("sections")
    @classmethod
    def _sections_make_a_whole(cls, rules: tuple[SectionRule, ...]) -> tuple[SectionRule, ...]:
        _refused(_complaints_of_sections(rules))
        if (total := sum(rule.weight for rule in rules)) != COMPLETE:
            raise ValueError(f"the weights add up to {total}, not to {COMPLETE}")
        return rules

    @cached_property
    def every_gap(self) -> tuple[Gap, ...]:
        """The gaps of a package that is not there."""
        return score(Package(), self.sections)[1]


class KickoffPolicy(Policy):
    """The kick-off. `required`: whether a handover is complete only after it; times count from the win."""

    required: bool
    booked_within: Duration
    held_within: Duration
    accountable: Slug
    roles: Roles
    minutes: Annotated[int, Field(ge=5, le=1440)]
    clocks_apart: Duration


class DetractorPolicy(Policy):
    """Who follows up a detractor's answer, and within what time of it."""

    role: Slug
    within: Duration


class OnboardingPolicy(Policy):
    """The policy of the onboarding service; `policy.yaml` beside this file is the default, with a comment on each part."""

    roles: Annotated[tuple[Slug, ...], Field(min_length=1)]
    operators: Roles
    prepare_at_stages: Roles
    no_deadlines_after: Duration
    accept_roles: Roles
    return_roles: Roles
    package: PackagePolicy
    kickoff: KickoffPolicy
    detractor: DetractorPolicy
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @field_validator("roles")
    @classmethod
    def _roles_are_listed_once(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        _refused(((place,), f"{role!r} is listed twice") for place, role in enumerate(roles) if role in roles[:place])
        return roles

    @field_validator("accept_roles", "return_roles")
    @classmethod
    def _answering_roles_are_listed(cls, names: Roles, info: ValidationInfo) -> Roles:
        _refused(_unlisted(info.data, {(): sorted(names)}))
        return names

    @field_validator("package", "kickoff", "detractor")
    @classmethod
    def _named_roles_are_listed(cls, part: Any, info: ValidationInfo) -> Any:
        named: Named = {(field,): _names(getattr(part, field)) for field in ("accountable", "roles", "role") if hasattr(part, field)}
        _refused(_unlisted(info.data, named))
        return part

    @field_validator("steps")
    @classmethod
    def _steps_are_of_the_template(cls, steps: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
        names = [step.step for step in steps]
        twice = [((place, "step"), f"{name!r} is a step already") for place, name in enumerate(names) if name in names[:place]]
        named: Named = {(place, "raci", role): [role] for place, step in enumerate(steps) for role in step.raci}
        _refused([*twice, *_unlisted(info.data, named)])
        return steps

    @cached_property
    def by_step(self) -> Mapping[str, Step]:
        """The template's steps by their names, in order."""
        return {step.step: step for step in self.steps}

    @cached_property
    def required_steps(self) -> frozenset[str]:
        """The steps without which no handover is complete."""
        return frozenset(step.step for step in self.steps if step.required)


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else sorted(value)


def _unlisted(before: Mapping[str, Any], named: Named) -> Iterable[tuple[Location, str]]:
    """Roles that the file does not list, where they stand; nothing if the list itself is wrong, which is told already."""
    if (roles := before.get("roles")) is None:
        return []
    text = ", ".join(roles)
    return [(place, f"{name!r} is not one of the roles: {text}") for place, names in named.items() for name in names if name not in roles]


def _complaints_of_sections(rules: tuple[SectionRule, ...]) -> Iterable[tuple[Location, str]]:
    names = [rule.section for rule in rules]
    for place, rule in enumerate(rules):
        if rule.section not in Package.model_fields:
            yield (place, "section"), f"{rule.section!r} is not a section of a package: {', '.join(Package.model_fields)}"
        elif rule.section in names[:place]:
            yield (place, "section"), f"{rule.section!r} is listed twice"
        elif rule.at_least > 1 and Package.model_fields[rule.section].default != ():
            yield (place, "at_least"), f"{rule.section!r} is one text, so at least 1 is all that can be asked"
