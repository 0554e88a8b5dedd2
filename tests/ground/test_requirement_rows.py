"""`make requirements`: what it reads and what it refuses."""

from tests.requirement_rows import claims, faults

_TABLE = """
| # | Requirement | Claimed |
|---|---|---|
| R1 | **Close gate.** | yes |
| R5–R7 | Leads | no |
| D1 | Several won deals | Yes |
"""


def test_a_range_of_rows_counts_as_each_of_them() -> None:
    assert claims(_TABLE) == {"R1": True, "R5": False, "R6": False, "R7": False, "D1": True}


def test_a_claimed_row_without_a_test_and_a_test_of_no_row_are_faults() -> None:
    assert faults(claims(_TABLE), {"R1": ["tests/a.py::test_gate"], "R99": ["tests/a.py::test_other"]}) == [
        "D1 is claimed and no test names it",
        "R99 is named by tests/a.py::test_other and requirements.md has no such row",
    ]
