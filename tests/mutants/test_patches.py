"""Every planted bug can still be planted, and the check that must find it is still there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant, mutants

ROOT = Path(__file__).parents[2]
PLANTED = ("chassis", "contracts", "services")


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_patch_fits_the_sources_and_names_a_check_that_exists(mutant: Mutant, tmp_path: Path) -> None:
    """Guarantee: a change of the sources that a mutant no longer fits is noticed with the change, not when all are judged."""
    for name in PLANTED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(["git", "apply", "--check", str(mutant.patch)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    checks = [killer.partition("::")[0] for killer in mutant.killers if killer.startswith("tests/")]
    assert checks
    assert all((ROOT / check).exists() for check in checks)
    assert mutant.preparation is None or any(mutant.preparation in (ROOT / check).read_text() for check in checks)
