"""The checker itself: every place that can report something is seen to, and it shares no code with what it judges."""

import ast
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.chaos import checking
from tests.chaos.checking.kinds import judge
from tests.chaos.recorded import BY_KIND, BY_WORDS
from tests.chaos.recorded.journey import unfinished

KILLED = 2_000.0
"""When the good message of `_crashed` became a dead letter."""
ALLOWED = {"confluent_kafka", "pymongo", "bson", "tests"}


def test_every_violation_that_the_checker_can_report_is_reported_of_some_break() -> None:
    """None can be added that nobody has seen: each place that reports one is reached by one of the breaks above."""
    reached: set[tuple[str, int]] = set()

    def look(frame: FrameType, event: str, argument: object) -> Any:
        if "chaos/checking" not in frame.f_code.co_filename:
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return look

    runs = [unfinished()[0]]
    for begin, _, _, break_ in (*BY_KIND.values(), *BY_WORDS.values()):
        break_(recording := begin())
        runs.append(recording.run())
    before = sys.gettrace()
    sys.settrace(look)
    try:
        for run in runs:
            judge(run)
    finally:
        sys.settrace(before)
    places, written = _places()
    assert len(places) == written > 0, "a violation that is not yielded by a statement of its own cannot be looked for"
    assert not places - reached


def _places() -> tuple[set[tuple[str, int]], int]:
    """File and line of every statement that reports a violation; and how many violations are made at all."""
    found, made = set[tuple[str, int]](), 0
    for path in Path(checking.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            made += _is_violation(node)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and _is_violation(node.value.value):
                found.add((str(path), node.lineno))
    return found, made


def _is_violation(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Violation"


def test_the_checker_shares_no_code_with_the_project() -> None:
    """It imports the standard library, the clients of Kafka and MongoDB, and itself."""
    for path in Path(checking.__file__).parent.rglob("*.py"):
        for name in _imported(ast.parse(path.read_text())):
            top = name.split(".")[0]
            assert top in ALLOWED or top in _standard(), f"{path.name} imports {name}"
            assert top != "tests" or name.startswith("tests.chaos.checking"), f"{path.name} imports {name}"


def _imported(tree: ast.AST) -> list[str]:
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return names + [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def _standard() -> frozenset[str]:
    return frozenset(sys.stdlib_module_names)
