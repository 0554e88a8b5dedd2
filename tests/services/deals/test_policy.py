"""The policy file: read once at start, and refused with the line that is wrong."""

from pathlib import Path

import pytest

import services.deals
from chassis.policy import PolicyError, load_policy
from services.deals.policy import DealsPolicy
from tests.services.deals.given import POLICY

SHIPPED = Path(services.deals.__file__).with_name("policy.yaml")


def complaint(tmp_path: Path, old: str, new: str) -> str:
    """What is said of the shipped policy after one change."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "policy.yaml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_policy(changed, DealsPolicy)
    return str(refused.value).removeprefix(f"{changed}:")


def line_of(text: str) -> int:
    """The line of the shipped policy that begins with the text."""
    return next(n for n, line in enumerate(SHIPPED.read_text(encoding="utf-8").splitlines(), 1) if line.strip().startswith(text))


def test_the_shipped_policy_is_valid_and_lists_its_default_stage_first() -> None:
    assert POLICY.default_stage == POLICY.stages[0]


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("stages: [prospecting", "stages: [won", "stages:", "an outcome is not a stage: won"),
        ("stages: [prospecting", "stages: [engaging", "stages:", "listed twice: engaging"),
        ("default_stage: prospecting", "default_stage: dreaming", "default_stage:", "'dreaming' is not one of the stages"),
        ("reopened_stage: negotiation", "reopened_stage: won", "reopened_stage:", "'won' is not one of the stages"),
        ("contacts_at_most: 100", "contacts_at_most: none", "contacts_at_most:", "valid integer"),
        ("  close_deal:", "  close_deals:", "close_deal:", "Extra inputs are not permitted"),
        ("legal, legal_manager]\n  confirm_finance", "Legal Team]\n  confirm_finance", "confirm_legal:", "should match pattern"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_line_and_what_is_wrong(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    lines = complaint(tmp_path, old, new).splitlines()
    assert any(what in line and f"{line_of(where)}: " in line for line in lines), lines
