"""The sources as they are: a check that does not pass there says nothing about a bug."""

from pathlib import Path

from stack.addresses import Addresses
from tests.mutants.judging import why_not


class Baseline:
    """Each check once on the unmodified copy in `folder`, with the patience that it has with a bug in it."""

    def __init__(self, folder: Path, stack: Addresses) -> None:
        self._folder, self._stack = folder, stack
        self._found: dict[tuple[str, ...], str | None] = {}

    def why_not(self, killers: tuple[str, ...]) -> str | None:
        """None if the check passes; else which test did not. A check that several mutants share is run for the first of them."""
        if killers not in self._found:
            self._found[killers] = why_not(killers, self._folder, self._stack)
        return self._found[killers]
