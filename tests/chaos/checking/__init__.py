"""The checker: reads what a run has left, and reports every promise that was broken. It shares no code with the project."""

from pathlib import Path

from tests.chaos.checking.kinds import judge
from tests.chaos.checking.reading import read
from tests.chaos.checking.violation import Broken, Excuse, Verdict, Violation


def check(folder: Path) -> Verdict:
    """What is to be said of the run whose files are in the folder; its servers must still answer, its services have ended."""
    return judge(read(folder))


__all__ = ["Broken", "Excuse", "Verdict", "Violation", "check"]
