"""Runs made up by hand that show nothing wrong, and the ways to break each: what the checker must report."""

from collections.abc import Callable, Mapping

from tests.chaos.recorded import answers, breaks, details, effects, handovers, journey, late, surveys
from tests.chaos.recorded.breaks import Break
from tests.chaos.recorded.recording import Recording

Case = tuple[Callable[[], Recording], str, str, Break]
"""The run, words of the violation or its kind, an id that must show it, and the smallest change that does it."""


def _of(run: Callable[[], Recording], *tables: Mapping[str, tuple[str, str, Break]]) -> dict[str, Case]:
    return {name: (run, *case) for table in tables for name, case in table.items()}


BY_KIND: Mapping[str, Case] = _of(journey.journey, breaks.BROKEN, answers.BROKEN)
"""Breaks by whose kind they are reported."""
BY_WORDS: Mapping[str, Case] = (
    _of(journey.journey, details.BROKEN, effects.BROKEN, handovers.BROKEN, surveys.BROKEN)
    | _of(late.reopened, late.LATE)
    | _of(late.chosen, late.INBOXES)
)
"""Breaks that others see too, each in its own way: what has to be seen is said in words."""
CLEAN = (journey.journey, late.reopened, late.chosen)
