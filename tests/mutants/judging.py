"""Whether a mutant died: its check is run on the copy, and must fail as a test fails, not as a program breaks."""

import os
import re
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from stack.addresses import Addresses
from tests.mutants.mutant import Mutant

LONGEST = 600.0
"""Seconds after which a check counts as one that does not end."""
PATIENCE = "45"
"""Seconds that a check waits for what a mutant never brings about."""
FAILED, PASSED = 1, 0
"""What pytest answers when a test failed, and when all passed."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNJUDGED = "the check did not run"


class Verdict(NamedTuple):
    """`check`: the test that failed, or what pytest said instead. `seconds`: how long it took."""

    mutant: Mutant
    fate: Fate
    check: str
    seconds: float


def judge(mutant: Mutant, folder: Path, stack: Addresses) -> Verdict:
    """Run the mutant's check in `folder`, on a stack that runs already."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "-rfE", *mutant.killers]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "BATON_TEST_PATIENCE": PATIENCE}
    environment |= {"BATON_TEST_KAFKA": stack.kafka, "BATON_TEST_MONGO": stack.mongo}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return Verdict(mutant, Fate.UNJUDGED, f"no end after {LONGEST:.0f} s", time.monotonic() - begun)
    fate = {FAILED: Fate.KILLED, PASSED: Fate.SURVIVED}.get(done.returncode, Fate.UNJUDGED)
    return Verdict(mutant, fate, _check(done.stdout, fate), time.monotonic() - begun)


def _check(output: str, fate: Fate) -> str:
    if fate is Fate.KILLED and (found := re.search(r"^FAILED \S*?(\w+\.py)::(\S+)", output, re.MULTILINE)):
        return f"{found[1]}: {found[2]}"
    if fate is Fate.KILLED and (found := re.search(r"^ERROR \S*?(\w+\.py)::(\S+)", output, re.MULTILINE)):
        return f"{found[1]}: {found[2]} (in its preparation)"
    return next((line for line in reversed(output.splitlines()) if line.strip()), "")
