"""The policy file: read once at start, and refused with the line that is wrong (R30)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.policy import PolicyError, load_policy
from services.onboarding.policy import OnboardingPolicy
from tests.services.onboarding.given import POLICY, SHIPPED

ROLES = "'pilot' is not one of the roles"
CS = "raci: {sales_rep: I, onboarding_manager: I, csm: R, cs_executive: A}"


def complaints(tmp_path: Path, old: str, new: str) -> list[str]:
    """What is said of the shipped policy after one change, line by line."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_policy(file, OnboardingPolicy)
    assert all(line.startswith(f"{file}:") for line in str(refused.value).splitlines())
    return str(refused.value).replace(f"{file}:", "").splitlines()


def line_of(text: str) -> int:
    """The line of the shipped policy that begins with the text, dash apart."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.strip().removeprefix("- ").startswith(text))


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (CS, CS.replace("cs_executive: A", "cs_executive: C"), CS, "exactly one role is Accountable (A) for a step, not 0: none"),
        (CS, CS.replace("csm: R", "csm: AR"), CS, "exactly one role is Accountable (A) for a step, not 2: csm, cs_executive"),
        (CS, CS.replace("csm: R", "csm: C"), CS, "at least one role is Responsible (R) for a step, and none is"),
        (CS, CS.replace("csm: R", "csm: R, pilot: I"), CS, ROLES),
        (CS, CS.replace("csm: R", "csm: X"), CS, "should match pattern"),
        (CS, CS.replace("csm: R", "csm: RR"), CS, "RR: a letter stands once"),
        ("- step: promises", "- step: roi_analysis", "step: promises", "'roi_analysis' is a step already"),
        ("- step: promises", "- step: Promises!", "step: promises", "should match pattern"),
        ("    within: 5d", "    within: soon", "within: 5d", "a duration is a number and a unit"),
        ("    within: 5d", "    before: 5d", "within: 5d", "Extra inputs are not permitted"),
        ("roles: [sales_rep, sales_manager", "roles: [sales_rep, sales_rep, sales_manager", "roles:", "'sales_rep' is listed twice"),
        ("accept_roles: [onboarding_rep", "accept_roles: [pilot", "accept_roles:", ROLES),
        ("accountable: sales_manager", "accountable: pilot", "accountable: sales_manager", ROLES),
        ("roles: [sales_rep, onboarding_rep", "roles: [pilot, onboarding_rep", "roles: [sales_rep, onboarding_rep", ROLES),
        ("detractor: {role: csm", "detractor: {role: pilot", "detractor:", ROLES),
        ("title: Goals, weight: 15", "title: Goals, weight: 14", "sections:", "the weights add up to 99, not to 100"),
        ("section: goals", "section: gaols", "{section: goals", "'gaols' is not a section of a package"),
        ("section: goals", "section: pain_points", "{section: goals", "'pain_points' is listed twice"),
        (
            "weight: 10}\n    - {section: requests",
            "weight: 10, at_least: 2}\n    - {section: requests",
            "{section: roi_analysis",
            "is one text",
        ),
        ("threshold: 70", "threshold: 101", "threshold:", "less than or equal to 100"),
        ("booked_within: 48h", "booked_within: 48", "booked_within:", "a duration is a number and a unit"),
        ("prepare_at_stages:", "prepare_at:", "prepare_at_stages:", "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_line_and_what_is_wrong(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    """A template without exactly one Accountable and at least one Responsible per step never starts a service; nor does any other slip."""
    found = complaints(tmp_path, old, new)
    assert any(what in line and line.startswith(f"{line_of(where)}: ") for line in found), found


@pytest.mark.requirement("R30")
def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = CS.replace("csm: R", "csm: R, pilot: I, doctor: I")
    assert len(complaints(tmp_path, CS, text)) == 2


def test_a_role_may_do_the_work_and_answer_for_it(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace(CS, "raci: {csm: AR}"), encoding="utf-8")
    letters = load_policy(file, OnboardingPolicy).by_step["cs_mission"].letters
    assert (letters.accountable, letters.responsible, letters.may_complete) == ("csm", ("csm",), ("csm",))


def test_the_shipped_weights_make_a_hundred() -> None:
    assert sum(rule.weight for rule in POLICY.package.sections) == 100


@pytest.mark.requirement("R30")
def test_the_service_does_not_start_on_a_wrong_template_and_says_where_it_is_wrong(tmp_path: Path) -> None:
    """A person who slips while editing the file sees one sentence with the file and the line, and no traceback."""
    file = tmp_path / "policy.yaml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace(CS, CS.replace("csm: R", "csm: C")), encoding="utf-8")
    environment = os.environ | {"BATON_POLICY": str(file), "BATON_JWT_KEY": "k" * 32}
    ended = subprocess.run([sys.executable, "-m", "services.onboarding"], env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"onboarding: {file}:{line_of(CS)}: steps.6.raci: at least one role is Responsible")
    assert "Traceback" not in ended.stderr
