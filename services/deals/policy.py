"""What a company decides about its sales: the stages, and which roles may do what."""

from typing import Annotated

from pydantic import Field, field_validator

from chassis.policy import Policy
from contracts.values import Slug

Roles = frozenset[Slug]
OUTCOMES = frozenset({"won", "lost", "open"})


class Permissions(Policy):
    """For each command, the roles of a token that may give it."""

    open_deal: Roles
    move_stage: Roles
    sign_contract: Roles
    confirm_legal: Roles
    confirm_finance: Roles
    add_contact: Roles
    record_buying_reason: Roles
    set_terms: Roles
    submit_package: Roles
    close_deal: Roles
    lose_deal: Roles
    reopen_deal: Roles
    import_deal: Roles
    record_people: Roles
    erase_people: Roles


class DealsPolicy(Policy):
    """The policy of the deals service; `policy.yaml` beside this file is the default, with a comment on each part.

    The role `operator` is not the company's to name: it may do everything, in every service.
    """

    stages: Annotated[tuple[Slug, ...], Field(min_length=1)]
    default_stage: Slug
    reopened_stage: Slug
    contacts_at_most: Annotated[int, Field(ge=1, le=1000)]
    waiver_roles: Roles
    permissions: Permissions
    people_readers: Roles

    @field_validator("stages")
    @classmethod
    def _stages_are_stages(cls, stages: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({stage for stage in stages if stages.count(stage) > 1}):
            raise ValueError(f"listed twice: {', '.join(twice)}")
        if outcomes := sorted(OUTCOMES.intersection(stages)):
            raise ValueError(f"an outcome is not a stage: {', '.join(outcomes)}")
        return stages

    @field_validator("default_stage", "reopened_stage")
    @classmethod
    def _is_listed(cls, stage: str, info: object) -> str:
        stages = getattr(info, "data", {}).get("stages")
        if stages is not None and stage not in stages:
            raise ValueError(f"{stage!r} is not one of the stages: {', '.join(stages)}")
        return stage
