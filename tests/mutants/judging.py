"""Whether a mutant died: its check is run on the copy, and must fail as a test fails, not as a program or a machine breaks."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from stack.addresses import Addresses
from tests.mutants.mutant import Mutant

LONGEST = 600.0
"""Seconds after which a check counts as one that does not end."""
PATIENCE = "45"
"""Seconds that a check waits for what a mutant never brings about."""
SOME_FAILED, ALL_PASSED, NO_END = 1, 0, None
"""What pytest answers when a test or its preparation failed, and when none did; and no answer."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNJUDGED = "not judged"


class Verdict(NamedTuple):
    """`check`: the test that failed, or what pytest said instead. `seconds`: how long it took."""

    mutant: Mutant
    fate: Fate
    check: str
    seconds: float

    @property
    def is_expected(self) -> bool:
        """Whether the mutant died, or survived as it says that it must."""
        return self.fate is (Fate.SURVIVED if self.mutant.survives else Fate.KILLED)


class Said(NamedTuple):
    """What pytest said: its exit code, None if it did not end, and what it printed."""

    code: int | None
    output: str

    @property
    def last(self) -> str:
        """The last line."""
        if self.code is NO_END:
            return f"no end after {LONGEST:.0f} s"
        return next((line for line in reversed(self.output.splitlines()) if line.strip()), "")

    @property
    def passed(self) -> bool:
        """Whether there was a test that passed, and none that failed: one that was left out shows nothing."""
        return self.code == ALL_PASSED and re.search(r"^\d+ passed\b", self.output, re.MULTILINE) is not None

    def named(self, what: str) -> str | None:
        """File and name of the first test that is listed under FAILED, or under ERROR."""
        found = re.search(rf"^{what} (?:\S*/)?(\w+\.py)::(.+?)(?: - .*)?$", self.output, re.MULTILINE)
        return found and f"{found[1]}: {found[2]}"

    def broke_at(self, words: str) -> bool:
        """Whether the words stand in a line that a traceback stops at, or in what was raised there."""
        return any(words in line for line in self.output.splitlines() if line[:1] in (">", "E"))


def judge(mutant: Mutant, folder: Path, stack: Addresses) -> Verdict:
    """Run the mutant's check in `folder`, on a stack that runs already."""
    begun = time.monotonic()
    fate, check = _fate(mutant, _ask(mutant.killers, folder, stack))
    return Verdict(mutant, fate, check, time.monotonic() - begun)


def why_not(killers: Sequence[str], folder: Path, stack: Addresses) -> str | None:
    """Run a check in `folder`; None if it passes, else what pytest said."""
    said = _ask(killers, folder, stack)
    return None if said.passed else said.named("FAILED") or said.named("ERROR") or said.last


def _ask(killers: Sequence[str], folder: Path, stack: Addresses) -> Said:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=long", "-rfE", *killers]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "BATON_TEST_PATIENCE": PATIENCE}
    environment |= {"BATON_TEST_KAFKA": stack.kafka, "BATON_TEST_MONGO": stack.mongo}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return Said(NO_END, "")
    return Said(done.returncode, done.stdout)


def _fate(mutant: Mutant, said: Said) -> tuple[Fate, str]:
    """pytest's exit code is the same whether a test failed or a fixture: a machine on which a server did not start kills no mutant."""
    if said.passed:
        return Fate.SURVIVED, said.last
    if said.code != SOME_FAILED:
        return Fate.UNJUDGED, said.last
    if failed := said.named("FAILED"):
        return Fate.KILLED, failed
    broken = f"{said.named('ERROR')} (in its preparation)"
    if mutant.preparation and said.broke_at(mutant.preparation):
        return Fate.KILLED, broken
    return Fate.UNJUDGED, broken
