"""`make requirements`: every requirement row with the tests that show it.

Reads the tables of docs/requirements.md: a row's first cell is its number ("R1", or "R5–R10" for several), and a column
with the heading "Claimed" says "yes" for a row that the product claims to fulfil.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parent.parent / "docs" / "requirements.md"
_NUMBER = re.compile(r"([A-Z]+)(\d+)(?:\s*[–-]\s*([A-Z]+)?(\d+))?")


class Collector:
    """A pytest plugin that keeps which tests name which row."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called by pytest when every test is known."""
        for item in items:
            for marker in item.iter_markers("requirement"):
                for row in marker.args:
                    self._add(str(row), item.nodeid)

    def _add(self, row: str, test: str) -> None:
        name = test.split("[")[0]
        if name not in self.tests[row]:
            self.tests[row].append(name)


def claims(text: str) -> dict[str, bool]:
    """Every row of the document's tables, in order, and whether it is claimed."""
    found: dict[str, bool] = {}
    claimed_column: int | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            claimed_column = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "Claimed" in cells:
            claimed_column = cells.index("Claimed")
        claimed = claimed_column is not None and claimed_column < len(cells) and cells[claimed_column].lower() == "yes"
        found.update(dict.fromkeys(_rows(cells[0]), claimed))
    return found


def faults(claimed: dict[str, bool], tests: dict[str, list[str]]) -> list[str]:
    """What is wrong: rows claimed without a test, and rows that tests name and the document does not have."""
    bare = [f"{row} is claimed and no test names it" for row, claim in claimed.items() if claim and not tests.get(row)]
    unknown = [f"{row} is named by {shown[0]} and {DOCUMENT.name} has no such row" for row, shown in tests.items() if row not in claimed]
    return bare + unknown


def main() -> int:
    """Collect the tests, print the rows, and return the exit code."""
    if not DOCUMENT.exists():
        print(f"There is no {DOCUMENT.relative_to(DOCUMENT.parent.parent)}.", file=sys.stderr)
        return 1
    collector = Collector()
    code = pytest.main(["--collect-only", "-p", "no:terminal"], plugins=[collector])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        print("The tests cannot be collected; run `make test` to see why.", file=sys.stderr)
        return 1
    claimed = claims(DOCUMENT.read_text())
    for row, claim in claimed.items():
        print(f"{row:5} {'claimed' if claim else '       '}  {len(collector.tests.get(row, []))} tests")
        for test in collector.tests.get(row, []):
            print(f"        {test}")
    wrong = faults(claimed, collector.tests)
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


def _rows(cell: str) -> Iterator[str]:
    match = _NUMBER.fullmatch(cell.strip("*` "))
    if match:
        letters, first, _, last = match.groups()
        yield from (f"{letters}{number}" for number in range(int(first), int(last or first) + 1))


if __name__ == "__main__":
    sys.exit(main())
