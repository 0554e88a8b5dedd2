"""How complete a handover package is: points of 100, and what is missing or thin (R26)."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.deals import Package
from contracts.onboarding import Gap
from contracts.values import ContactRef, Label, Slug


class SectionRule(BaseModel):
    """What a section of the package is worth. `weight`: points of 100; `at_least`: entries that earn all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Slug
    title: Label
    weight: Annotated[int, Field(ge=1, le=100)]
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1


def entries(package: Package, section: str) -> int:
    """How many entries a section has; a text is one, and a stakeholder with several roles is one stakeholder."""
    content = getattr(package, section)
    if isinstance(content, tuple):
        return len({entry.person_id if isinstance(entry, ContactRef) else position for position, entry in enumerate(content)})
    return 0 if content is None else 1


def score(package: Package, rules: Sequence[SectionRule]) -> tuple[int, tuple[Gap, ...]]:
    """Points of 100, and the gaps that cost the others.

    A section earns its weight in proportion to its entries, in whole points rounded down; points and the gaps' weights add up to the sum of
    all weights. More content never earns less.
    """
    gaps = tuple(gap for rule in rules if (gap := _gap(rule, entries(package, rule.section))))
    return sum(rule.weight for rule in rules) - sum(gap.weight for gap in gaps), gaps


def _gap(rule: SectionRule, found: int) -> Gap | None:
    if found >= rule.at_least:
        return None
    detail = f"{rule.title}: missing" if found == 0 else f"{rule.title}: {found} of at least {rule.at_least}"
    return Gap(section=rule.section, detail=detail[:300], weight=rule.weight - rule.weight * found // rule.at_least)
