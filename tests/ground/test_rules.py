"""The house rules that a program can check: who imports whom, sizes, names."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_SOURCE = ["contracts", "chassis", "services", "stack", "ops"]
_LONGEST_FILE, _LONGEST_FUNCTION = 250, 50
_SAY_NOTHING = {"utils", "helpers", "common", "manager", "data", "process_message", "misc"}


def test_every_import_keeps_to_the_rules_between_the_folders() -> None:
    """Services are independent, contracts and the stack import nothing of ours, a domain does no I/O (see pyproject.toml)."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    checked = subprocess.run([sys.executable, "-c", program, "--no-cache"], cwd=_ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("folder", [*_SOURCE, "tests"])
def test_no_file_and_no_function_is_too_long(folder: str) -> None:
    long_files = [str(path) for path in _files(folder) if len(path.read_text().splitlines()) > _LONGEST_FILE]
    long_functions = [
        f"{path}:{node.lineno} {node.name}"
        for path in _files(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= _LONGEST_FUNCTION
    ]
    assert long_files + long_functions == []


@pytest.mark.parametrize("folder", _SOURCE)
def test_no_module_has_a_name_that_says_nothing_and_each_says_what_it_holds(folder: str) -> None:
    paths = list(_files(folder))
    assert [str(path) for path in paths if path.stem in _SAY_NOTHING] == []
    assert [str(path) for path in paths if not ast.get_docstring(ast.parse(path.read_text()))] == []


def _files(folder: str) -> Iterator[Path]:
    return (path for path in sorted((_ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)
